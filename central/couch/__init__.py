"""Apache CouchDB as the store of a school: documents in one database, records in a second one."""
