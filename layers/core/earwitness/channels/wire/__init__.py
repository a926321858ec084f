"""What the kinds share about the wire: asking, limits, dates, HTML and feeds."""
