"""The command line: what ops and analysts run by hand. Never imported by a Lambda function.

One file per group of commands. What a command needs is imported when it runs, so that
``--help`` answers at once.
"""

from __future__ import annotations

import io
import sys

import typer

from earwitness.cli import (
    alerts,
    channels,
    cost,
    doctor,
    exporting,
    forget,
    importing,
    incident,
    judge,
    matches,
    redrive,
    report,
    rules,
    scan,
    silence,
    spikes,
    subscribers,
    table,
    watchlist,
)
from earwitness.cli.exits import EXPLAINED

app = typer.Typer(
    name="earwitness",
    help="Find what is said about your brands, judge how soon someone must look, alert once.",
    epilog=f"""\b
Begin with the example watchlist:
  earwitness watchlist check watchlist.yaml
  echo '{{"id": "1", "text": "Nortwind Air lost my bag"}}' | earwitness scan -w watchlist.yaml
  earwitness watchlist push watchlist.yaml

{EXPLAINED}""",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # rich takes 300 ms to import
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(watchlist.app, name="watchlist")
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(alerts.app, name="alerts")
app.add_typer(silence.app, name="silence")
app.add_typer(incident.app, name="incident")
app.add_typer(matches.app, name="matches")
app.add_typer(channels.app, name="channels")
app.add_typer(table.app, name="table")
app.command("import", epilog=importing.EXAMPLES)(importing.import_)
app.add_typer(rules.app, name="rules")
app.add_typer(judge.app, name="judge")
app.command("report", epilog=report.EXAMPLES)(report.report)
app.command("export", epilog=exporting.EXAMPLES)(exporting.export)
app.command("forget", epilog=forget.EXAMPLES)(forget.forget)
app.command("scan", epilog=scan.EXAMPLES)(scan.scan)
app.command("cost", epilog=cost.EXAMPLES)(cost.cost)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.command("redrive", epilog=redrive.EXAMPLES)(redrive.redrive)
app.command("spikes", epilog=spikes.EXAMPLES)(spikes.spikes)


def main() -> None:
    """Run the command line in UTF-8, whatever the locale or the platform says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    app(prog_name="earwitness")
