"""The authoritative server: the records, the diary and the desk."""
