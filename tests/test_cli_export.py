"""``earwitness export`` and ``earwitness forget`` as people run them, against a stack on moto."""

import io
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import boto3
import openpyxl
import pytest
from typer.testing import CliRunner

from earwitness import accepted
from earwitness.cli import app, deployment
from earwitness.model import Author, Brand, Channel, Role, Term, Watchlist
from earwitness.operations.installation import Installation, Resource
from tests.posts import a_mention, a_post
from tests.tables import NAME, a_store, a_table, items

NOW = datetime.now(UTC)
OURS = Brand("Northwind Air", Role.OWN, (Term("Northwind Air"),))
WATCHED = Watchlist((OURS,), (Channel("hn", "hackernews", timedelta(minutes=10)),), "version")
RESOURCES = {
    "Table": NAME, "WatchlistBucket": "watchlist", "ExportsBucket": "exports",
    "ReportsBucket": "reports", "Export": "export-function", "AuthorKey": "author-key",
}  # fmt: skip


class Functions:
    """Lambda, which answers as it was told."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = None

    def invoke(self, **asked):
        self.asked = (asked["FunctionName"], json.loads(asked["Payload"]))
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode())}


@pytest.fixture
def stack(monkeypatch):
    with a_table():
        s3 = boto3.client("s3", region_name="eu-central-1")
        for bucket in ("watchlist", "exports", "reports"):
            s3.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
            )
        body = accepted.dump(WATCHED).encode()
        s3.put_object(Bucket="watchlist", Key="accepted/watchlist.json", Body=body)
        at = NOW - timedelta(days=2)
        posts = [
            a_post("=1+1", source_id="1", published_at=at, fetched_at=at),
            a_post("b", source_id="2", published_at=at, author=Author(handle="x"), fetched_at=at),
        ]
        a_store(clock=lambda: NOW).keep([a_mention(post) for post in posts], NOW)
        secrets = boto3.client("secretsmanager", region_name="eu-central-1")
        secrets.create_secret(Name="author-key", SecretString="secret")
        functions = Functions(
            {"link": "https://s3.example/x", "expires_at": "soon", "mentions": 2, "bytes": 9}
        )
        clients = {
            "s3": s3,
            "dynamodb": boto3.client("dynamodb", region_name="eu-central-1"),
            "lambda": functions,
            "secretsmanager": secrets,
        }
        found = Installation(
            "earwitness",
            {name: Resource("", held) for name, held in RESOURCES.items()},
            {},
            {},
            clients.get,
            NOW,
        )

        @contextmanager
        def installation(*_):
            yield found

        monkeypatch.setattr(deployment, "installation", installation)
        yield functions


def run(*words, **settings):
    return CliRunner().invoke(app, list(words), **settings)


def test_mentions_go_to_standard_output_as_csv(stack):
    done = run("export")
    assert done.exit_code == 0
    header, *lines = done.stdout_bytes.decode().split("\r\n")
    assert header.startswith("mention_id,post_id,brand,")
    assert any("'=1+1" in line for line in lines)
    assert "2 mentions" in done.stderr


def test_the_end_of_a_name_says_the_format(stack, tmp_path):
    done = run("export", "-o", str(tmp_path / "mentions.xlsx"))
    assert done.exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "mentions.xlsx")
    assert book["mentions"].max_row == 3
    assert [path.name for path in tmp_path.iterdir()] == ["mentions.xlsx"]


def test_a_link_is_made_by_the_stack(stack):
    done = run("export", "--link", "--since", "2026-03-01", "--until", "2026-03-02")
    assert done.stdout == "https://s3.example/x\n"
    function, asked = stack.asked
    assert function == "export-function"
    assert asked["since"] == "2026-03-01T00:00:00Z"


def test_what_the_stack_refuses_is_said(stack):
    stack.answer = {"errorMessage": "no brand 'X' is watched"}
    done = run("export", "--link")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no brand 'X' is watched" in done.stderr


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--brand", "Nobody"], "no brand 'Nobody' is watched; those that are: Northwind Air"),
        (["--priority", "urgent"], "'urgent': expected critical, high, normal"),
        (["--since", "last week"], "'last week': expected a day or a time"),
        (["--since", "2026-03-02", "--until", "2026-03-01"], "before it begins"),
        (["-o", "mentions.xls"], ".xls: expected .parquet, .csv, .xlsx, .jsonl, or say --format"),
    ],
)
def test_a_wish_that_cannot_be_met_is_explained(stack, words, problem):
    done = run("export", *words, env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert problem in done.stderr


def test_a_broken_export_leaves_the_file_that_was_there(stack, tmp_path, monkeypatch):
    from earwitness.exports import asked

    def breaking(*_):
        raise OSError("disk is full")

    monkeypatch.setattr(asked, "export", breaking)
    file = tmp_path / "mentions.csv"
    file.write_text("before")
    assert run("export", "-o", str(file)).exit_code != 0
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_a20_forgetting_reports_and_proves(stack):
    done = run("forget", "--author", "hackernews:JRoth", "--yes")
    assert done.exit_code == 0, done.stderr
    assert "mentions: 1" in done.stdout
    assert "proved" in done.stdout
    assert "jroth" not in json.dumps(list(items().values()), default=repr)


def test_nobody_is_forgotten_before_yes_is_said(stack):
    before = items()
    assert run("forget", "--author", "hackernews:jroth", input="n\n").exit_code == 1
    assert items() == before


@pytest.mark.parametrize("words", [[], ["--author", "jroth"], ["--author", "a:b", "--post", "c"]])
def test_whom_to_forget_must_be_clear(stack, words):
    done = run("forget", *words, "--yes", env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert "--author CHANNEL:NAME or --post ID" in done.stderr
