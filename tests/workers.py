"""How tests are divided among workers: a file each, so that what a file sets up is set up once.

For ``pytest -n auto -p tests.workers``. The tests of the deployed stack go to one worker, which
deploys it once. (Marks for that are not seen: pytest-xdist 3.8 writes them where pytest 9 no longer
looks.)
"""

import json
from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling

STACK = PurePosixPath("tests/end_to_end")


class ByFile(LoadScopeScheduling):
    """Gives a worker a file at a time, those with most tests first."""

    def _split_scope(self, nodeid):
        file = PurePosixPath(nodeid.partition("::")[0])
        return str(STACK if file.parent == STACK else file)


def pytest_xdist_make_scheduler(config, log):
    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable():
    """A report is sent as UTF-8, which has no half characters: some tests log them."""
    told = yield
    return json.loads(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace"))
