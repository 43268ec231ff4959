"""Commands of ``journal-central`` that work with the store: here, or in the running program."""
