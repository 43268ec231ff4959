"""Tests of the school's rules."""
