"""The queries saved for Athena, run by DuckDB on files that export has written."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from cfnlint.decode import cfn_yaml

from earwitness.exports.answers import Answers
from earwitness.exports.dictionary import glue_columns
from earwitness.exports.formats import Format, write
from earwitness.exports.hours import HourRow
from earwitness.exports.rows import Row, row_of
from earwitness.figures import quantile
from earwitness.model import Acknowledgement, Author, Priority, Response, Role, Sentiment, Tier
from tests.expansion import TEMPLATE, expand
from tests.posts import a_judgement, a_match, a_mention, a_post

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TODAY = "date '2026-03-10'"
OURS, THEIRS = "Northwind Air", "Corvane Airways"


def mention(number, brand=OURS, *, day=0, hour=9, text=None, author="a", tier=Tier.SURE, **told):
    at = MONDAY + timedelta(days=day, hours=hour)
    post = a_post(
        text or f"{brand} says number {number}",
        source_id=str(number),
        published_at=at,
        fetched_at=at,
        author=Author(handle=author, followers=told.pop("followers", 10)),
    )
    match = a_match(text=post.text, tier=tier, term=told.pop("term", brand))
    role = Role.OWN if brand == OURS else Role.COMPETITOR
    return a_mention(post, a_judgement(**told), (match,), brand=brand, role=role)


# Ours: seven that count, of six stories (3 and 4 say the same), by five authors; theirs: three.
MENTIONS = [
    mention(1, hour=9, sentiment=Sentiment.POSITIVE),
    mention(2, hour=9, author="b"),
    mention(3, hour=10, author="c", text="the same words about it"),
    mention(4, hour=10, author="d", text="The same words about it!"),
    mention(5, day=1, language="de", author="e", followers=99),
    mention(6, day=1, language="de", term="Northwind Plus", sentiment=Sentiment.NEUTRAL),
    mention(7, day=1, hour=23, language="tr"),
    mention(8, day=1, tier=Tier.DOUBTFUL),
    mention(9, THEIRS, author="x"),
    mention(10, THEIRS, author="x"),
    mention(11, THEIRS, day=1, author="x"),
    mention(12, day=-40),  # longer ago than the queries look
]
# Seconds; the clock is 15 minutes, but of the last one, which may still be taken in time.
TAKEN_AFTER = {1: 60, 2: 600, 3: 120, 4: 3600, 5: None, 6: None}
IN_TIME_YET = 6


def answers():
    said = {one.post.source_id: one for one in MENTIONS}
    responses = {}
    for number, seconds in TAKEN_AFTER.items():
        at = said[str(number)].post.published_at
        taken = None if seconds is None else Acknowledgement("Ada", at + timedelta(seconds=seconds))
        responses[said[str(number)].mention_id] = Response(
            "group",
            1,
            OURS,
            "hn",
            "complaint",
            Priority.HIGH,
            at,
            at + timedelta(days=36_500 if number == IN_TIME_YET else 0, minutes=15),
            taken,
        )
    return Answers(responses)


def hours():
    for hour in range(24):
        for brand in (OURS, THEIRS):
            zeros = dict.fromkeys(
                (
                    "mentions",
                    "stories",
                    "authors",
                    "negative",
                    "neutral",
                    "positive",
                    "critical",
                    "high",
                    "doubtful",
                ),
                0,
            )
            yield HourRow(
                hour_at=MONDAY + timedelta(hours=hour),
                brand=brand,
                role=Role.OWN,
                channel="hn",
                channel_kind="hackernews",
                covered=None if hour == 0 else hour != 5,
                polls_ok=1,
                polls_failed=0,
                **zeros,
            )


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """The files of each day as export lays them out, as two tables."""
    folder = tmp_path_factory.mktemp("exports")
    rows = [row_of(one, answers()) for one in MENTIONS]
    for day in {row.posted_at.date() for row in rows}:
        put(folder / "mentions", day, [row for row in rows if row.posted_at.date() == day], Row)
    put(folder / "hourly", MONDAY.date(), list(hours()), HourRow)
    with duckdb.connect() as base:
        base.execute("SET TimeZone='UTC'")
        # DuckDB 2.0.0 sums over a window by reading the files a second time, and forgets then
        # which of them the date leaves out.
        base.execute("SET disabled_optimizers='window_self_join'")
        for table in ("mentions", "hourly"):
            base.execute(
                f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{folder}/{table}/*/*.parquet',"
                " hive_partitioning=true, hive_types={'date': VARCHAR})"
            )
        yield base


def put(folder, day, rows, row):
    path = folder / f"date={day}"
    path.mkdir(parents=True)
    with (path / "part-0000.parquet").open("wb") as file:
        write(rows, row, file, Format.PARQUET)


TEXT = cfn_yaml.load(str(TEMPLATE))
QUERIES = {name: told["Sql"] for name, told in TEXT["Mappings"]["Queries"].items()}


def ask(base, name):
    """Run a saved query as if it were a day when the rows are a week old."""
    return base.execute(QUERIES[name].replace("current_date", TODAY)).fetchall()


def test_volume(base):
    assert ask(base, "Volume") == [
        ("2026-03-02", THEIRS, "competitor", 2, 2, 1),
        ("2026-03-02", OURS, "own", 4, 3, 4),
        ("2026-03-03", THEIRS, "competitor", 1, 1, 1),
        ("2026-03-03", OURS, "own", 3, 3, 2),
    ]


def test_share_of_voice(base):
    """7 of 10 mentions; 6 of 9 stories; 4 x 10 people and 99 + 10 of these and 2 x 10."""
    ours, theirs = ask(base, "ShareOfVoice")
    assert ours == (
        OURS,
        "own",
        7,
        pytest.approx(0.7),
        pytest.approx(6 / 9),
        pytest.approx(149 / 169),
    )
    assert theirs[3:] == (pytest.approx(0.3), pytest.approx(3 / 9), pytest.approx(20 / 169))


def test_response_times(base):
    """60, 120, 600 and 3,600 s, two not taken: the median is 360, 3 of 5 in time."""
    ((brand, alerts, taken, median, p90, in_time),) = ask(base, "ResponseTimes")
    assert (brand, alerts, taken) == (OURS, 6, 4)
    assert (median, p90, in_time) == (pytest.approx(360), pytest.approx(2700), pytest.approx(0.6))


def test_response_times_are_the_reports_own(base):
    told = [seconds for seconds in TAKEN_AFTER.values() if seconds is not None]
    ((_, _, _, median, p90, _),) = ask(base, "ResponseTimes")
    assert (median, p90) == (pytest.approx(quantile(told, 0.5)), pytest.approx(quantile(told, 0.9)))


def test_peak_hours(base):
    ours = [row[1:] for row in ask(base, "PeakHours") if row[0] == OURS]
    assert ours == [(1, 9, 2), (1, 10, 2), (2, 9, 2), (2, 23, 1)]


def test_peak_hours_in_another_zone(base):
    sql = QUERIES["PeakHours"].replace("'UTC'", "'Europe/Berlin'")
    found = base.execute(sql.replace("current_date", TODAY)).fetchall()
    ours = [row[1:] for row in found if row[0] == OURS]
    assert ours == [(1, 10, 2), (1, 11, 2), (2, 10, 2), (3, 0, 1)]


def test_top_authors(base):
    rows = ask(base, "TopAuthors")
    assert rows[0] == (OURS, "hackernews", "a", 3, 3, 1, 10) or rows[0][2] == "x"
    by_author = {(row[0], row[2]): row[3:] for row in rows}
    assert by_author[THEIRS, "x"] == (3, 3, 3, 10)
    assert by_author[OURS, "a"] == (3, 3, 1, 10)
    assert by_author[OURS, "e"] == (1, 1, 1, 99)


def test_languages(base):
    ours = [row[1:] for row in ask(base, "Languages") if row[0] == OURS]
    assert ours == [
        ("en", 4, pytest.approx(4 / 7)),
        ("de", 2, pytest.approx(2 / 7)),
        ("tr", 1, pytest.approx(1 / 7)),
    ]


def test_sentiment_by_product(base):
    assert ask(base, "Products") == [
        (THEIRS, THEIRS, 3, 3, 0, 0),
        (OURS, OURS, 6, 5, 0, 1),
        (OURS, "Northwind Plus", 1, 0, 1, 0),
    ]


def test_coverage(base):
    assert ask(base, "Coverage") == [("2026-03-02", "hn", 24, 22)]


@pytest.fixture(scope="module")
def template():
    return expand(TEMPLATE)


@pytest.mark.parametrize(("table", "row"), [("Mentions", Row), ("Hourly", HourRow)])
def test_the_table_in_glue_has_the_columns_of_the_files(template, table, row):
    held = template["Resources"][f"{table}Table"]["Properties"]["TableInput"]
    named = [(one["Name"], one["Type"]) for one in held["StorageDescriptor"]["Columns"]]
    assert named == [(one["Name"], one["Type"]) for one in glue_columns(row)]


@pytest.mark.parametrize("table", ["mentions", "hourly"])
def test_a_partition_is_where_its_files_lie(template, table):
    held = template["Resources"][f"{table.title()}Table"]["Properties"]["TableInput"]
    told = held["Parameters"]
    assert held["Name"] == table
    assert told["projection.enabled"] == "true"
    assert told["projection.date.format"] == "yyyy-MM-dd"
    where = told["storage.location.template"]["Fn::Sub"]
    assert where == f"s3://${{ExportsBucket}}/{table}/date=${{!date}}/"
    assert held["StorageDescriptor"]["Location"]["Fn::Sub"] == where.partition("date=")[0]


def test_every_query_that_is_written_is_saved(template):
    saved = {
        one["Properties"]["QueryString"]["Fn::FindInMap"][1]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Athena::NamedQuery"
    }
    assert saved == set(QUERIES)


def test_every_query_has_a_test():
    source = Path(__file__).read_text("utf-8")
    asked = set(re.findall(r'ask\(base, "(\w+)"\)', source))
    assert set(TEXT["Mappings"]["Queries"]) <= asked


def test_what_queries_find_is_encrypted_and_their_cost_bounded(template):
    group = template["Resources"]["ExportsWorkGroup"]["Properties"]["WorkGroupConfiguration"]
    assert group["EnforceWorkGroupConfiguration"] is True
    assert group["BytesScannedCutoffPerQuery"] <= 10 * 2**30
    result = group["ResultConfiguration"]
    assert result["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}


def test_exports_are_deleted_with_the_data_they_hold(template):
    bucket = template["Resources"]["ExportsBucket"]["Properties"]
    ends = {
        rule["Prefix"]: rule["ExpirationInDays"]
        for rule in bucket["LifecycleConfiguration"]["Rules"]
        if "Prefix" in rule
    }
    assert ends["mentions/"] == {"Ref": "DataRetention"}
    assert ends["asked/"] == ends["queries/"] == 1
    versions = template["Mappings"]["Buckets"]["Exports"]["Versions"]
    assert versions == "Suspended"  # what is deleted is gone
