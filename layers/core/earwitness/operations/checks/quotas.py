"""Whether the account lets the functions run side by side."""

from __future__ import annotations

from collections.abc import Iterator

from earwitness.operations.finding import Finding, note, ok
from earwitness.operations.installation import Installation

AREA = "quotas"
_EACH = 10  # MaximumConcurrency of each mapping in the template


def check(site: Installation) -> Iterator[Finding]:
    """The executions that the account may have at once, against what the functions may take."""
    limit = site.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    wanted = _EACH * sum(1 for _ in site.of_kind("AWS::Lambda::EventSourceMapping"))
    if limit >= wanted:
        yield ok(AREA, "executions", f"{limit:,} at once")
        return
    yield note(
        AREA,
        "executions",
        f"the account runs {limit} functions at once, and these may take {wanted}: if Throttles "
        "alarms go off, raise it in Service Quotas",
    )
