"""``earwitness doctor``: what is wrong with a deployed stack, since when, and what mends it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earwitness.cli import exits, shown
from earwitness.cli.stack import Profile, Region, Stack, installation

if TYPE_CHECKING:
    from earwitness.operations.finding import Finding

EXAMPLES = f"""\b
Examples:
  earwitness doctor
  earwitness doctor --all
  earwitness doctor --json | jq '.findings[] | select(.state == "wrong")'

{exits.EXPLAINED}"""


def doctor(
    all_: Annotated[bool, typer.Option("--all", help="Show what is well, too.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of lines.")
    ] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Look a deployed stack over: what is wrong, since when, and what to do.

    Watchlist, secrets, channels, functions and their schedules, queues and dead letters, alarms,
    subscriptions, table, addresses. Changes nothing and reads no secret's value. Exits 1 when
    something is wrong or cannot be looked at.
    """
    from earwitness.operations.examination import examine
    from earwitness.operations.finding import State, is_well

    with installation(stack, region, profile) as found:
        findings = list(examine(found))
    counts = Counter(one.state for one in findings)
    if as_json:
        told = {
            "stack": stack,
            "at": found.now.isoformat(timespec="seconds"),
            "well": is_well(findings),
            "findings": [as_dict(one) for one in findings],
        }
        typer.echo(shown.as_json(told, indent=2))
    else:
        for one in findings:
            if all_ or one.state is not State.OK:
                typer.echo(line_of(one))
        said = ", ".join(f"{counts[state]} {state}" for state in State if counts[state])
        typer.echo(f"{stack}: {said}")
    raise typer.Exit(exits.OK if is_well(findings) else exits.PROBLEMS)


def line_of(one: Finding) -> str:
    """For people: the state, the thing, how it is and since when; what to do on a second line."""
    from earwitness.alerting.wording import clean

    since = f" (since {one.since:%Y-%m-%d %H:%M} UTC)" if one.since else ""
    told = f"{one.state.upper():7}  " + clean(f"{one.area}: {one.subject}: {one.what}{since}")
    return f"{told}\n         do: {clean(one.do)}" if one.do else told


def as_dict(one: Finding) -> dict[str, Any]:
    """For programs."""
    return {
        "area": one.area,
        "subject": one.subject,
        "state": one.state.value,
        "what": one.what,
        "since": one.since.isoformat(timespec="seconds") if one.since else None,
        "do": one.do,
    }
