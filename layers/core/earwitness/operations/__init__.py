"""A deployed stack as an ops engineer sees it: is it well, what is left undone, what does it cost.

Used by the command line alone; no function imports it.

``installation`` finds the stack's resources, ``examination`` looks each of them over and says
what is wrong in words, ``dead_letters`` puts work back that was given up, ``versions`` puts an
earlier watchlist back, ``costing`` and ``limits`` say what a load costs and where it ends.
"""
