from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.channels.wire.asking import refused
from earwitness.channels.wire.dates import exact_date, from_epoch, rough_date
from earwitness.channels.wire.html import readable, web_address
from earwitness.channels.wire.limits import retry_at, spent_until
from earwitness.channels.wire.options import duration
from earwitness.channels.wire.seen import Seen
from earwitness.channels.wire.stopping import TookTooLong, stopped_after
from earwitness.fetching import Response
from earwitness.model import Channel, Health
from earwitness.schedule import backoff_for

CASES = Path(__file__).parent / "cases" / "channels"
DATES = json.loads((CASES / "dates.json").read_text("utf-8"))
HTML = json.loads((CASES / "html.json").read_text("utf-8"))
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("case", DATES["exact"], ids=lambda case: case["written"])
def test_a_date_with_a_zone_is_one_instant(case):
    assert exact_date(case["written"], NOW) == datetime.fromisoformat(case["at"])


@pytest.mark.parametrize("written", DATES["no_date"])
def test_f31_a_date_that_may_mean_several_instants_is_no_date(written):
    assert exact_date(written, NOW) is None


def test_f31_a_date_without_a_zone_still_tells_old_from_new():
    assert rough_date("Thu, 4 May 2017 19:40:17") == datetime(2017, 5, 4, 19, 40, 17, tzinfo=UTC)


@given(st.text(max_size=70))
def test_no_text_is_too_odd_for_a_date(text):
    assert exact_date(text, NOW) is None or exact_date(text, NOW) <= NOW + timedelta(minutes=10)


@pytest.mark.parametrize("seconds", ["x", None, -1, 0, 10**30, float("nan"), 4_000_000_000])
def test_f31_impossible_seconds_are_no_date(seconds):
    assert from_epoch(seconds, NOW) is None


@pytest.mark.parametrize("case", HTML, ids=lambda case: case["markup"])
def test_markup_reads_as_a_person_reads_it(case):
    assert readable(case["markup"]) == case["reads"]


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", '<a href="', "<!--", "<script ", "<script>", "<script/>", "&", "&amp;", "<a \"'",
     '"', "<b>", "&#xD800;", " \n", "<style><!--", "<a b='>"],
)  # fmt: skip
def test_a6_a12_reading_markup_takes_time_in_proportion_to_its_length(piece):
    def took(times: int) -> float:
        began = time.process_time()  # ours alone, however busy the machine is
        readable(piece * times)
        return time.process_time() - began

    small = min(took(10_000) for _ in range(3))
    # Eight times the length: a quadratic pass would take sixty-four times as long.
    assert took(80_000) < 30 * small + 0.05


@given(st.text())
def test_readable_text_holds_nothing_that_cannot_be_stored(markup):
    readable(markup).encode("utf-8")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "", "http://", "a b"])
def test_a9_what_a_browser_should_not_open_is_no_address(url):
    assert web_address(url) is None


IN_TWO_MINUTES = NOW + timedelta(minutes=2)
EPOCH = str(int(IN_TWO_MINUTES.timestamp()))


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "120"},
        {"retry-after": "120.0"},
        {"retry-after": "Sun, 22 Nov 2026 12:02:00 GMT"},
        {"x-rate-limit-reset": EPOCH},
        {"x-ratelimit-reset": "2026-11-22T12:02:00.000000Z"},
        {"x-ratelimit-reset": "120.0"},
        {"ratelimit-reset": EPOCH},
    ],
)
def test_f32_a_limit_is_understood_in_every_form(headers):
    assert retry_at(headers, NOW) == IN_TWO_MINUTES


@pytest.mark.parametrize("said", ["inf", "-5", "nan", "1e300", "99999999999", "soon", ""])
def test_f32_an_absurd_limit_neither_crashes_nor_silences_a_channel(said):
    at = retry_at({"retry-after": said}, NOW)
    assert at is None or NOW <= at <= NOW + timedelta(hours=24)


def test_f32_a_spent_quota_says_when_it_refills():
    assert spent_until({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "120"}, NOW)
    assert not spent_until({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "120"}, NOW)


def test_f32_a_refusal_that_is_a_limit_is_no_death():
    throttled = Response(403, "", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": EPOCH}, b"")
    assert refused(throttled, NOW).health is Health.TRANSIENT
    assert refused(throttled, NOW).next_poll_at == IN_TWO_MINUTES


def test_f32_a_refusal_that_is_a_limit_by_its_words_alone_is_no_death():
    said = b'{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}'
    assert refused(Response(403, "", {}, said), NOW).health is Health.TRANSIENT


@pytest.mark.parametrize("written", ["30s", "90m", "24h", "7d", "2w", " 5 m "])
def test_a_duration_is_a_number_with_a_unit(written):
    assert duration(written) > timedelta()


@pytest.mark.parametrize("written", ["", "5", "h", "-5m", "1.5h", "5 minutes", None, 5])
def test_what_is_no_duration_is_refused(written):
    with pytest.raises(ValueError, match="no duration"):
        duration(written)


@given(st.lists(st.tuples(st.text(), st.text()), max_size=30))
def test_what_was_seen_survives_being_written_down(pairs):
    seen = Seen()
    for source_id, content in pairs:
        seen.add(source_id, content)
    again = Seen(str(seen))
    assert all(again.knows_content(i, c) for i, c in dict(pairs).items())


def test_the_oldest_is_forgotten_first():
    seen = Seen()
    seen.add_all("abc")
    seen.add("a")
    seen.keep_newest(2)
    assert [seen.knows(letter) for letter in "abc"] == [True, False, True]


@pytest.mark.parametrize("written", ["", "x", "äöü" * 40, "0" * 13])
def test_a_damaged_memory_is_read_without_a_crash(written):
    assert len(Seen(written)) in (0, 1, 10)


def for_ever() -> None:
    while True:
        pass


def test_a6_work_is_stopped_when_its_time_is_up():
    began = time.monotonic()
    with pytest.raises(TookTooLong), stopped_after(0.1):
        for_ever()
    assert time.monotonic() - began < 1


def waits(name: str) -> list[timedelta]:
    channel = Channel(name, "feed", timedelta(minutes=2))
    return [backoff_for(channel, failures) for failures in range(12)]


def test_f32_a_failing_channel_is_asked_ever_more_rarely_up_to_an_hour():
    none, *later = waits("a")
    assert none == timedelta()
    assert later[:4] == sorted(later[:4])
    assert timedelta(minutes=45) <= later[-1] <= timedelta(hours=1)


def test_f32_channels_that_fail_together_do_not_come_back_together():
    assert len({waits(str(number))[8] for number in range(20)}) == 20


@pytest.mark.parametrize("header", ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "1" * 400])
def test_f32_a_date_out_of_this_world_is_no_error(header):
    retry_at({"retry-after": header}, NOW)
