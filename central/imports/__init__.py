"""Reads a school's workbook, checks it, compares it with what is known, and writes it at once."""
