"""The CouchDB replication protocol, seen from the side that starts it."""
