"""Where nodes come in: the replication protocol, judged and filtered, and receipts of entries."""
