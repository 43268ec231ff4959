"""Tests of the read tables."""
