"""Exports: mentions as flat rows, in files that analysts open.

``rows`` is what everything here is made of: one mention, one row, in an order that does not
change, as it is read. ``docs/exports.md`` has the dictionary, which is made from ``Row``.
"""
