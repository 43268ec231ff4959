"""What both programs agree on: school rules, documents, the store, replication, the look."""

__version__ = "0.1.0"
