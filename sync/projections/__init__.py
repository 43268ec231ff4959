"""Read tables that both programs show, kept in the write transaction and rebuilt from documents.

One module per subject: the tables it keeps, how a changed document changes them, and the questions
that pages ask of them.
"""
