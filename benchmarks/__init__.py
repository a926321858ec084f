"""Quality and speed, measured: `make quality` and `make bench`."""
