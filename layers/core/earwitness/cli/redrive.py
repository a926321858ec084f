"""``earwitness redrive``: work that was given up goes back to its queue."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli import exits
from earwitness.cli.stack import Profile, Region, Stack, installation

if TYPE_CHECKING:
    from earwitness.operations.dead_letters import DeadQueue, Letter

_SHOWN = 10  # letters of each queue

EXAMPLES = f"""\b
Examples:
  earwitness redrive --dry-run
  earwitness redrive
  earwitness redrive poll ingest
  earwitness redrive alerts --discard

{exits.EXPLAINED}"""


def redrive(  # noqa: PLR0913 - what is sent back, and where from
    queues: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[QUEUE]...", help="poll, ingest, ...: whose dead letters. Without: all."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what waits.")] = False,
    discard: Annotated[
        bool, typer.Option("--discard", help="Delete the letters of the queues named.")
    ] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Show each dead letter with its age and reason, then send all back to their queues.

    Work done twice does no harm, so sending back is always safe; what fails again is a dead
    letter again after half an hour. Alerts came from SNS, which takes nothing back: tell their
    readers, then discard them. Exits 1 when some letters stay.
    """
    from earwitness.operations import dead_letters

    if discard and not queues:
        raise typer.BadParameter("say whose dead letters to delete", param_hint="--discard")
    stay = 0
    with installation(stack, region, profile) as found:
        held = {queue.name: queue for queue in dead_letters.queues(found)}
        unknown = [name for name in queues or () if name not in held]
        if unknown:
            told = f"no queue {', '.join(unknown)}; there are {', '.join(held)}"
            raise typer.BadParameter(told, param_hint="QUEUE")
        for queue in held.values():
            if not queue.waiting or (queues and queue.name not in queues):
                continue
            for line in _lines(queue, dead_letters.letters(found, queue, _SHOWN), found.now):
                typer.echo(line)
            if dry_run:
                stay += queue.waiting
            elif discard:
                typer.echo(f"  {dead_letters.discard(found, queue)} deleted")
            elif queue.back_to:
                typer.echo(f"  {dead_letters.send_back(found, queue)} sent back")
            else:
                stay += queue.waiting
                typer.echo(
                    f"  stay here: tell their readers, then `redrive {queue.name} --discard`"
                )
        if not any(queue.waiting for queue in held.values()):
            typer.echo("no dead letters")
    raise typer.Exit(exits.PROBLEMS if stay else exits.OK)


def _lines(queue: DeadQueue, letters: list[Letter], now: datetime) -> list[str]:
    """The queue, then a line for each letter that is shown."""
    from earwitness.alerting.wording import clean

    lines = [f"{queue.name}: {queue.waiting} dead letters"]
    for one in letters:
        minutes = max(0, round((now - one.sent_at).total_seconds() / 60))
        age = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
        lines.append(f"  {clean(one.what)}, {age} old, {one.tries} tries: {clean(one.reason)}")
    if queue.waiting > len(letters):
        lines.append(f"  and {queue.waiting - len(letters)} more")
    return lines
