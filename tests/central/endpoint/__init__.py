"""Tests of what nodes meet at central."""
