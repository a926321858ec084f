<<<<<<< HEAD
"""Quality and speed, measured: `make quality` and `make bench`."""
=======
"""Measurements: quality and speed, each beside a baseline in the same run."""
>>>>>>> judging
