"""Tests of the document types."""
