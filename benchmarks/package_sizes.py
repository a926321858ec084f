"""`make sizes`: how large each package is, and what a cold start of each function imports.

Sizes are of what `sam build` left. Times are the best of several on this machine, in turns, of a
process that imports a function from the sources and the environment of development: only their
ratio to boto3 with one client, measured in the same run, tells anything about Lambda.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

ROOT = Path(__file__).parents[1]
BUILT = ROOT / ".aws-sam" / "build"
FUNCTIONS = ROOT / "functions"
LAYERS = ("Vendor", "Core")
LIMIT_MB = 250  # of a function and its layers, unzipped:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
RUNS = 7
PEER = "import boto3; boto3.client('sqs', region_name='eu-central-1')"
SLOWEST = 3
HEADING = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|( *)(\S+)")

# What template.yaml tells the functions, made up: enough to import each of them.
DEPLOYED = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "TABLE_NAME": "table",
    "POLLS_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/polls",
    "ASSESS_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/assess",
    "NOTIFY_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/notify",
    "POSTS_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/posts",
    "INGEST_KEYS": "earwitness/ingest",
    "TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:alerts",
    "WATCHLIST_BUCKET": "watchlist",
    "REPORTS_BUCKET": "reports",
    "EXPORTS_BUCKET": "exports",
    "EXPORT_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/export",
    "AUTHOR_KEY_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:author",
    "SIGNING_KEY_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:key",
    "ACKNOWLEDGE_URL": "https://page.example/",
}


def main() -> None:
    """Print both tables."""
    if not BUILT.is_dir():
        sys.exit(f"{BUILT.relative_to(ROOT)} is missing: `make build` makes it")
    print_sizes()
    print()
    print_imports()


def print_sizes() -> None:
    """One line per package, then what a function weighs in all."""
    print(f"{'package':<12}{'unzipped':>12}{'zipped':>12}   largest")
    total = 0
    for package in sorted(p for p in BUILT.iterdir() if p.is_dir()):
        unzipped, zipped = weigh(package)
        total += unzipped if package.name in LAYERS else 0
        print(f"{package.name:<12}{shown(unzipped):>12}{shown(zipped):>12}   {largest(package)}")
    share = total / (LIMIT_MB * 1e6)
    print(f"Both layers, as every function sees them: {shown(total)}, {share:.0%} of {LIMIT_MB} MB")


def weigh(package: Path) -> tuple[int, int]:
    """Bytes of a package: unzipped and zipped."""
    files = [path for path in package.rglob("*") if path.is_file()]
    with TemporaryFile() as archive:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            for path in files:
                zipped.write(path, path.relative_to(package))
        return sum(path.stat().st_size for path in files), archive.seek(0, os.SEEK_END)


def largest(package: Path) -> str:
    """The heaviest top-level entries of a layer."""
    inside = package / "python"
    if not inside.is_dir():
        return ""
    sizes = {entry.name: weigh(entry)[0] for entry in inside.iterdir() if entry.is_dir()}
    heaviest = sorted(sizes, key=lambda name: -sizes[name])[:SLOWEST]
    return ", ".join(f"{name} {shown(sizes[name])}" for name in heaviest)


def shown(size: float) -> str:
    """Bytes for people, in units of 1,000."""
    for unit in ("B", "kB", "MB"):
        if size < 1000 or unit == "MB":
            break
        size /= 1000
    return f"{size:.1f} {unit}"


def print_imports() -> None:
    """One line per function: milliseconds, the ratio to the peer, and the slowest imports."""
    functions = sorted(path.stem for path in FUNCTIONS.glob("*.py"))
    bare, peer, *took = best_seconds(["pass", PEER, *(f"import {name}" for name in functions)])
    print(f"{'import':<12}{'ms':>8}{'to peer':>10}   slowest, with what they import")
    print(f"{'the peer':<12}{(peer - bare) * 1e3:>8.0f}{1:>10.2f}   {PEER}")
    for name, seconds in zip(functions, took, strict=True):
        slowest = ", ".join(f"{package} {ms:.0f}" for package, ms in slow_imports(name))
        own, ratio = seconds - bare, (seconds - bare) / (peer - bare)
        print(f"{name:<12}{own * 1e3:>8.0f}{ratio:>10.2f}   {slowest}")


def best_seconds(programs: list[str]) -> list[float]:
    """The shortest wall-clock seconds of each program in a fresh interpreter.

    They run in turns, so that a busy moment of the machine meets all of them.
    """
    times: dict[str, list[float]] = {program: [] for program in programs}
    for _ in range(RUNS):
        for program in programs:
            started = time.perf_counter()
            run(program)
            times[program].append(time.perf_counter() - started)
    return [min(times[program]) for program in programs]


def slow_imports(function: str) -> list[tuple[str, float]]:
    """The packages that cost most, in milliseconds with all that they import."""
    told = run(f"import {function}", "-X", "importtime").stderr
    took = {name: ms for name, ms in top_level(told) if name != function}
    return sorted(took.items(), key=lambda item: -item[1])[:SLOWEST]


def top_level(told: str) -> Iterator[tuple[str, float]]:
    """What `-X importtime` tells of whole packages, and of ours one floor deeper."""
    for line in told.splitlines():
        if found := HEADING.match(line):
            _, cumulative, _, name = found.groups()
            ours = name.startswith("earwitness.") and name.count(".") == 1
            if ours or ("." not in name and name not in sys.stdlib_module_names):
                yield name, int(cumulative) / 1e3


def run(program: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a program as a function's environment would; ends with its error when it fails."""
    environment = {name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {
        **DEPLOYED,
        "PYTHONPATH": os.pathsep.join(map(str, (FUNCTIONS, ROOT / "layers" / "core"))),
    }
    done = subprocess.run(  # noqa: S603 - our own interpreter on our own code
        [sys.executable, *options, "-c", program],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stderr)
    return done


if __name__ == "__main__":
    main()
