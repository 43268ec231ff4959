"""The only door for writing into the journal: every save becomes entries, in one commit."""
