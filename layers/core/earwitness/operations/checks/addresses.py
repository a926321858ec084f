"""Whether the two addresses that the world sees answer, and let nobody in who has no signature."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator

from earwitness.operations.finding import Finding, ok, wrong
from earwitness.operations.installation import Installation

AREA = "addresses"
_WITHIN_SECONDS = 10
# By output of the stack: what is asked, and the status that says that it works and refuses
# (503: there are no keys yet to check a signature by).
_ASKED = {
    "AcknowledgeUrl": ("the page behind links", "GET", (403, 410)),
    "IngestAddress": ("pushed posts", "POST", (401, 503)),
}


def check(site: Installation) -> Iterator[Finding]:
    """An unsigned request to each address: a refusal of ours is the right answer."""
    for output, (subject, method, welcome) in _ASKED.items():
        if address := site.outputs.get(output):
            yield _asked(subject, address, method, welcome)


def _asked(subject: str, address: str, method: str, welcome: tuple[int, ...]) -> Finding:
    do = "look at the function's errors in the log group; is its function URL still there?"
    body = b"{}" if method == "POST" else None
    try:
        request = urllib.request.Request(address, body, method=method)  # noqa: S310 - our own output
        with urllib.request.urlopen(request, timeout=_WITHIN_SECONDS) as answer:  # noqa: S310
            status = answer.status
    except urllib.error.HTTPError as refused:
        status = refused.code
        refused.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        return wrong(AREA, subject, f"{address} does not answer: {error}", do=do)
    if status in welcome:
        return ok(AREA, subject, f"answers, and refuses what is not signed ({status})")
    if status < 400:
        return wrong(AREA, subject, f"{address} let an unsigned request in ({status})", do=do)
    return wrong(AREA, subject, f"{address} answers {status}", do=do)
