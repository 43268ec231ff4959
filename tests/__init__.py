"""Tests stand in folders named after the code they test."""
