"""The real template, deployed once per session to an embedded AWS on this machine."""

import pytest

from demo import deploy, embedded


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
