"""What the exit status of every command means."""

from __future__ import annotations

OK = 0
PROBLEMS = 1  # the command ran and found something wrong with what it was given
USAGE = 2  # an option, an argument or a file that cannot be read; the shell's own convention
AWS = 3  # no credentials, no region, no such stack, or AWS refused

EXPLAINED = """\b
Exit status:
  0  all is well
  1  ran, and found problems in what it was given
  2  wrong option or argument, or a file that cannot be read
  3  AWS cannot be reached, refuses, or has no such stack
"""
