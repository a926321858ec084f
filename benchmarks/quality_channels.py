"""What becomes of recorded answers: ``python -m benchmarks.quality_channels``."""

from __future__ import annotations

import sys
import time
from collections import Counter

from benchmarks.recorded_channels import NOT_POLLED, RECORDINGS, Recording, recordings, replay
from earwitness.model import Health, Poll

_LAST_NAMES = 40  # refused feeds named; the rest are counted


def main() -> None:
    """Print, per folder of recordings, how many bring posts, and why the others bring none."""
    if not RECORDINGS.exists():
        sys.exit("no recordings here: nothing to measure")
    print(
        f"{'recordings':14}{'bodies':>7}{'posts':>7}{'with':>6}{'empty':>6}{'not ok':>7}  why not"
    )
    for folder in sorted(path.name for path in RECORDINGS.iterdir() if path.is_dir()):
        if folder in NOT_POLLED:
            continue
        polls = [(one, replay(one)) for one in recordings(folder)]
        if polls:
            _print_folder(folder, polls)
    _print_refused_feeds()


def _print_folder(folder: str, polls: list[tuple[Recording, Poll]]) -> None:
    brought = [len(poll.posts) for _, poll in polls]
    ok = [poll for _, poll in polls if poll.health is Health.OK]
    filled = sum(1 for poll in ok if poll.posts)
    why = Counter(
        f"{poll.health} {poll.reason.partition(':')[0]}"
        for _, poll in polls
        if poll.health is not Health.OK
    )
    reasons = ", ".join(f"{count} {reason}" for reason, count in why.most_common())
    print(
        f"{folder:14}{len(polls):7}{sum(brought):7}{filled:6}{len(ok) - filled:6}"
        f"{len(polls) - len(ok):7}  {reasons}"
    )


def _print_refused_feeds() -> None:
    began, slowest, refused = time.perf_counter(), 0.0, []
    for one in recordings("rss"):
        started = time.perf_counter()
        poll = replay(one)
        slowest = max(slowest, time.perf_counter() - started)
        if poll.health is not Health.OK:
            refused.append((one.name, poll.reason))
    took = time.perf_counter() - began
    print(f"\nFeeds refused: {len(refused)}. All took {took:.1f} s, the slowest {slowest:.2f} s.")
    for name, reason in refused[:_LAST_NAMES]:
        print(f"  {name}: {reason}")


if __name__ == "__main__":
    main()
