"""``python -m earwitness.cli``: the command line where no ``earwitness`` is installed."""

from earwitness.cli import main

main()
