"""The desk (сверка): conflicts, entries put aside and decisions, for the deputy head."""
