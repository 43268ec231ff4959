"""The store: documents with CouchDB revision trees, records and read tables in one SQLite file."""
