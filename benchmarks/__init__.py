"""Measurements: quality and speed, each beside a baseline in the same run."""
