"""Tests of the door for writing."""
