"""The parts of bench.py: a school to measure with, programs as processes, a module a figure."""
