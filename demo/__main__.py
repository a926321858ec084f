"""``python -m demo``: what `make demo` and `make local` run."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

from demo import deploy, embedded
from demo.embedded import EmbeddedAws
from demo.local import watch
from demo.playing import LASTS_FOR, play
from demo.screen import Screen
from demo.steps import CACHE, ROOT, STATE, StepFailed

KEPT = STATE / "demo"
_LOG = CACHE / "aws.log"
INTERRUPTED = 130  # the shell's convention for Ctrl-C
_DEMO = {"Stage": "demo", "AllowLoopback": "true"}


def main() -> int:
    """Run what was asked for. Exit status: 0 as scripted, 1 not so or failed, 130 interrupted."""
    signal.signal(signal.SIGTERM, _interrupt)
    asked = _parse()
    screen = Screen()
    commands = {
        "day": lambda: _day(screen, keep=asked.keep, lasts_for=timedelta(seconds=asked.seconds)),
        "local": lambda: watch(screen, asked.watchlist, asked.port),
        "stop": lambda: _stop(screen),
    }
    try:
        return commands[asked.command]()
    except StepFailed as failed:
        screen.fail(str(failed))
        return 1
    except KeyboardInterrupt:
        screen.say("", "Stopped, and cleaned up.")
        return INTERRUPTED


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m demo",
        description="Earwitness on an AWS embedded in this machine. No account, no Docker.",
        epilog="`make demo KEEP=1` is `day --keep`, `make local WATCHLIST=W` is `local -w W`",
    )
    parser.add_argument(
        "command", nargs="?", default="day", choices=("day", "local", "stop"),
        help="day: play a scripted day (default); local: watch real channels until stopped; "
        "stop: end what a day with --keep left running",
    )  # fmt: skip
    parser.add_argument(
        "-k", "--keep", action="store_true", default=os.environ.get("KEEP", "") not in ("", "0"),
        help="leave it running after the day, with its state in .earwitness/demo",
    )  # fmt: skip
    parser.add_argument(
        "-w", "--watchlist", type=Path,
        default=Path(os.environ.get("WATCHLIST") or "watchlist.yaml"),
        help="for local: the brands and channels to watch (default: watchlist.yaml)",
    )  # fmt: skip
    parser.add_argument(
        "-p", "--port", type=int, default=int(os.environ.get("PORT") or 0) or None,
        help="loopback port of the embedded AWS (default: a free one, the same again for local)",
    )  # fmt: skip
    parser.add_argument(
        "--seconds", type=float, default=LASTS_FOR.total_seconds(),
        help="how long the day's 24 hours last (default: %(default).0f)",
    )  # fmt: skip
    return parser.parse_args()


def _day(screen: Screen, *, keep: bool, lasts_for: timedelta) -> int:
    started = time.monotonic()
    left = embedded.running(KEPT)
    if left and keep:
        raise StepFailed(
            f"A demo is still running at {left.endpoint}: end it with `python -m demo stop`."
        )
    screen.say("[bold]Earwitness[/] on an AWS embedded in this machine", "")
    with _home(keep=keep) as home:
        with screen.step("Building functions and layers for this machine (sam build)"):
            deploy.build()
        with screen.step("Starting the embedded AWS on loopback, IAM enforced"):
            aws = embedded.start(home, persist=keep)
        with _stopped_at_the_end(aws, keep=keep):
            with screen.step("Deploying template.yaml (sam deploy)"):
                stack = deploy.deploy(aws, _DEMO)
            verdict = play(screen, stack, lasts_for)
            if keep:
                _write_variables(aws)
    screen.summary(verdict)
    screen.say("", f"[dim]All in all {time.monotonic() - started:.0f} s.[/]", "")
    _how_to_look_deeper(screen, kept=aws if keep else None)
    return 0 if verdict.holds else 1


@contextmanager
def _home(*, keep: bool) -> Iterator[Path]:
    """A folder for the embedded AWS: one that stays, or one that is gone afterwards."""
    if keep:
        shutil.rmtree(KEPT, ignore_errors=True)  # the day is played to an empty table
        yield KEPT
        return
    with tempfile.TemporaryDirectory(prefix="earwitness-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def _stopped_at_the_end(aws: EmbeddedAws, *, keep: bool) -> Iterator[None]:
    try:
        yield
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            for name in (
                signal.SIGINT,
                signal.SIGTERM,
            ):  # a second Ctrl-C must not leave it half done
                signal.signal(name, signal.SIG_IGN)
            aws.stop()
            CACHE.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(aws.log, _LOG)


def _stop(screen: Screen) -> int:
    aws = embedded.running(KEPT)
    if aws is None:
        screen.say("No demo is running.")
        return 0
    with screen.step("Stopping the embedded AWS, its state is kept"):
        aws.stop()
    return 0


def _write_variables(aws: EmbeddedAws) -> None:
    lines = [f"export {name}='{value}'\n" for name, value in aws.variables.items()]
    (aws.home / "env").write_text("".join(lines), "utf-8")


def _how_to_look_deeper(screen: Screen, kept: EmbeddedAws | None) -> None:
    screen.say("[bold]Look deeper[/]")
    if kept:
        home = kept.home.relative_to(ROOT)
        screen.say(
            f"  It runs on at {kept.endpoint}; the channels of the day have ended.",
            f"  . {home}/env                  every AWS client in this shell talks to it",
            f"  tail -f {home}/aws.log        what it and the functions say",
            "  .venv/bin/python -m demo stop       ends it; its state stays there",
        )
    else:
        screen.say(
            "  make demo KEEP=1                    leave it running, and look around in it",
            f"  less {_LOG.relative_to(ROOT)}           what it and the functions said",
        )
    screen.say(
        "  less demo/script.yaml               the day as it was written",
        "  less watchlist.yaml                 what was looked for, every option explained",
        "  make local WATCHLIST=my.yaml        the same with your brands and real channels",
    )


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
