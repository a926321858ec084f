"""The demo: the real template on an embedded AWS, and a scripted day played to it.

``python -m demo`` plays the day, ``python -m demo local`` watches real channels from a laptop.
"""
