"""Tests of the central program."""
