"""The real template, deployed once per session to an embedded AWS on this machine."""

from pathlib import Path

import pytest

from demo import deploy, embedded


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items):
    """One worker deploys, whatever the number of workers: tests of one group stay together."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.xdist_group("stack"))


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    both = ((embedded.PYTHON, ".venv-embedded/.stamp"), (deploy.SAM, ".venv-sam/.stamp"))
    for needed, make in both:
        if not needed.exists():
            pytest.skip(f"{needed} is absent: `make {make}` makes it")
    deploy.build()
    aws = embedded.start(tmp_path_factory.mktemp("embedded-aws"), persist=False)
    try:
        yield deploy.deploy(aws, {"Stage": "demo", "AllowLoopback": "true"})
    finally:
        aws.stop()
