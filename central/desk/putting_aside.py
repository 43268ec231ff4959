"""What was put aside is accepted or rejected by a person, one by one or several at once.

accept(desk, doc_id, rev, *, by, reason) -> "accepted" | "conflict"
reject(desk, doc_id, rev, *, by, reason) -> rejection id
accept_many(desk, [(doc_id, rev), ...], *, by, reason) -> {"doc_id/rev": "accepted" | ...}
reject_many(desk, [(doc_id, rev), ...], *, by, reason) -> [rejection id]
"""
