"""Work on what a stranger sent, stopped when it takes too long."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TookTooLong(BaseException):
    """The time is up. No Exception, so that no parser's broad ``except`` swallows it."""


@contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Raise TookTooLong inside the block after ``seconds``.

    By an alarm signal, which Python delivers between bytecodes and inside the regular-expression
    engine, but to the main thread alone: that is where Lambda runs a handler. In another thread
    the block runs unstopped, so what goes in must be bounded in size as well.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TookTooLong

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
