"""Our channels against the real servers that they read: ``make peers``."""
