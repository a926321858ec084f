"""`make local`: the same stack for real channels from a laptop, until it is stopped."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path

from rich.markup import escape

from demo import day as days
from demo import deploy, embedded
from demo.deploy import Stack
from demo.driving import Inbox, Table, Ticks, push
from demo.screen import Screen
from demo.steps import ROOT, STATE, StepFailed
from earwitness.model import Watchlist
from earwitness.watchlist import WatchlistInvalid, load

HOME = STATE / "local"
_PARAMETERS = {"Stage": "dev", "AllowLoopback": "false"}
_LOOK_EVERY_SECONDS = 20
_LOOKS_BACK_FOR = timedelta(
    hours=24
)  # a feed's newest entry may be hours old when it is first read


def watch(screen: Screen, source: Path, port: int | None) -> int:
    """Deploy the stack, push the watchlist, show what comes until Ctrl-C; state is kept.

    Raises StepFailed when the watchlist or a step is at fault.
    """
    watchlist = _check(source)
    if embedded.running(HOME):
        raise StepFailed("`make local` is running already, in another terminal.")
    screen.say("[bold]Earwitness[/] watches real channels from this machine", "")
    with screen.step("Building functions and layers for this machine (sam build)"):
        deploy.build()
    with screen.step("Starting the embedded AWS on loopback, IAM enforced"):
        aws = embedded.start(HOME, port or _port_of_last_time(), persist=True)
    try:
        (HOME / "port").write_text(str(aws.port), "utf-8")
        with screen.step("Deploying template.yaml (sam deploy)"):
            stack = deploy.deploy(aws, _PARAMETERS)
        with screen.step(f"Pushing {source}"):
            push(stack, source.read_bytes(), str(source), allow_loopback=False)
            Ticks(stack).send(days.now())  # the schedules take over in a minute
        brands = ", ".join(brand.name for brand in watchlist.brands)
        screen.say(
            "", f"Watching for {brands}. [dim]Ctrl-C stops; edit {source} at any time.[/]", ""
        )
        _show(screen, stack, source, watchlist)
    except KeyboardInterrupt:
        screen.say("")
    finally:
        with screen.step(f"Stopping; state is kept in {HOME.relative_to(ROOT)}"):
            aws.stop()
    return 0


def _check(source: Path) -> Watchlist:
    try:
        return load(source.read_bytes(), str(source))
    except OSError as wrong:
        raise StepFailed(f"{source} cannot be read: {wrong.strerror}.") from wrong
    except WatchlistInvalid as invalid:
        raise StepFailed(str(invalid)) from invalid


def _port_of_last_time() -> int | None:
    """Queue URLs in the kept state carry the port, so that it stays."""
    try:
        return int((HOME / "port").read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _show(screen: Screen, stack: Stack, source: Path, watchlist: Watchlist) -> None:
    started_at = days.now()
    inbox = Inbox(stack, "earwitness-local-inbox")
    shown: set[str] = set()
    ailing: dict[str, str] = {}
    text = source.read_bytes()
    while True:
        changed = source.read_bytes() if source.exists() else text
        if changed != text:
            text = changed
            watchlist = _push_again(screen, stack, source, text) or watchlist
        table = Table(stack, watchlist, days.now() - _LOOKS_BACK_FOR)
        for mention in table.mentions():
            fetched_at = mention.post.fetched_at
            if mention.mention_id not in shown and fetched_at and fetched_at >= started_at:
                screen.mention(_hour(mention.post.published_at or fetched_at), mention)
            shown.add(mention.mention_id)
        for envelope in inbox.messages():
            screen.say(f"[bold]ALERT {escape(envelope['Subject'])}[/]")
        ailing = _say_what_changed(screen, ailing, table.ailing())
        time.sleep(_LOOK_EVERY_SECONDS)


def _say_what_changed(
    screen: Screen, before: dict[str, str], now: dict[str, str]
) -> dict[str, str]:
    """A source that went dark looks dark, and one that is back is said to be."""
    for name in sorted(set(before) | set(now)):
        if before.get(name) != now.get(name):
            said = f"cannot be read: {now[name]}" if name in now else "can be read again"
            screen.say(f"[dim]{escape(name)} {escape(said)}[/]")
    return now


def _push_again(screen: Screen, stack: Stack, source: Path, text: bytes) -> Watchlist | None:
    try:
        watchlist = push(stack, text, str(source), allow_loopback=False)
    except WatchlistInvalid as invalid:
        screen.fail(f"{invalid}\nThe last good watchlist stays in use.")
        return None
    screen.say(f"[dim]{source} has changed and is in use within a minute.[/]")
    return watchlist


def _hour(at: datetime) -> str:
    return f"{at.astimezone():%H:%M}"
