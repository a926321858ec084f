"""Find terms in posts."""
