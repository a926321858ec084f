"""Whether the account lets the functions run side by side, and strangers run how many of them."""

from __future__ import annotations

from collections.abc import Iterator

from earwitness.operations.finding import Finding, note, ok
from earwitness.operations.installation import Installation

AREA = "quotas"
_EACH = 10  # MaximumConcurrency of each mapping in the template
_PUBLIC = ("Ingest", "Acknowledge")  # they answer whoever knows their address


def check(site: Installation) -> Iterator[Finding]:
    """The executions that the account may have at once, and who may take them."""
    yield _executions(site)
    yield _public(site)


def _executions(site: Installation) -> Finding:
    limit = site.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    wanted = _EACH * sum(1 for _ in site.of_kind("AWS::Lambda::EventSourceMapping"))
    if limit >= wanted:
        return ok(AREA, "executions", f"{limit:,} at once")
    return note(
        AREA,
        "executions",
        f"the account runs {limit} functions at once, and these may take {wanted}: if Throttles "
        "alarms go off, raise it in Service Quotas",
    )


def _public(site: Installation) -> Finding:
    client = site.client("lambda")
    held = {
        name: client.get_function_concurrency(FunctionName=site.physical_id(name))
        for name in _PUBLIC
    }
    most = {name: one.get("ReservedConcurrentExecutions") for name, one in held.items()}
    free = [name for name, bound in most.items() if bound is None]
    if not free:
        told = ", ".join(f"{name} {bound}" for name, bound in most.items())
        return ok(AREA, "public addresses", f"bounded, executions at once: {told}")
    return note(
        AREA,
        "public addresses",
        f"strangers may make {' and '.join(free)} take every execution that the account has: the "
        "parameter UrlConcurrency bounds them (docs/security.md)",
    )
