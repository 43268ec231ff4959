"""The demonstration school: what ``scripts/demo.py`` is made of."""
