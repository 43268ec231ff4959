"""Tests of what the other tests and the scripts stand on."""
