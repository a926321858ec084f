"""Post velocity: written next."""
