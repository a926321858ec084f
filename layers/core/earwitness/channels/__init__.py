"""The table of channel kinds."""
