"""Decide what is said, to whom and when."""
