"""A function refuses to start on an incomplete template, and says what is missing."""

from datetime import timedelta

import pytest

from earwitness.environment import REQUIRED, Environment, EnvironmentIncomplete

WHOLE = dict.fromkeys(REQUIRED, "x")


def test_a_whole_environment_is_read():
    assert Environment.read({**WHOLE, "DATA_RETENTION_DAYS": "30"}).retention_for == timedelta(30)


def test_loopback_is_closed_unless_allowed():
    assert not Environment.read(WHOLE).allow_loopback


def test_every_missing_variable_is_named():
    with pytest.raises(EnvironmentIncomplete, match=r"TABLE_NAME.*TOPIC_ARN"):
        Environment.read({"POLLS_QUEUE_URL": "x", "WATCHLIST_BUCKET": "y"})


@pytest.mark.parametrize("days", ["0", "ninety", "-1"])
def test_a_malformed_retention_is_refused(days):
    with pytest.raises(EnvironmentIncomplete, match="DATA_RETENTION_DAYS: expected whole days"):
        Environment.read({**WHOLE, "DATA_RETENTION_DAYS": days})
