"""What the staff see at central: how the school's computers and data stand."""
