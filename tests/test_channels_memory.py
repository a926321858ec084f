"""However large or slow an answer is, a poll needs no more than 128 MB above its imports."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_MEGABYTES = 128

# Each in a process of its own, since only a process has a peak of memory that is its own.
PROGRAM = """
import json, re, sys
from datetime import UTC, datetime, timedelta
from earwitness.channels import KINDS
from earwitness.fetching import Fetcher
from earwitness.model import Channel
import feedparser

def megabytes(name):
    with open("/proc/self/status") as status:
        return int(re.search(rf"{name}:\\s+(\\d+) kB", status.read())[1]) / 1024

channel = Channel("c", "feed", timedelta(minutes=10), sys.argv[1])
base = megabytes("VmRSS")
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")  # the peak begins anew
with Fetcher(allow_loopback=True, deadline_for=timedelta(seconds=5)) as fetch:
    poll = KINDS["feed"].poll(channel, None, fetch, datetime.now(UTC))
print(json.dumps([poll.health, poll.reason, megabytes("VmHWM") - base]))
"""

SERVER = """
import sys, time, zlib
from http.server import BaseHTTPRequestHandler, HTTPServer

MEGABYTE = 1 << 20

def large():
    yield from (b"x" * MEGABYTE for _ in range(100))

def bomb():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield from (packer.compress(bytes(MEGABYTE)) for _ in range(2000))
    yield packer.flush()

def entities():
    yield b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "' + b"lol" * 1000 + b'">'
    for name, of in zip("bcdefgh", "abcdefg"):
        yield f'<!ENTITY {name} "{f"&{of};" * 10}">'.encode()
    yield b"]><rss version='2.0'><channel><item><title>&h;</title></item></channel></rss>"

def slow():
    while True:
        yield b"x"
        time.sleep(1)

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        if sys.argv[1] == "bomb":
            self.send_header("content-encoding", "gzip")
        self.end_headers()
        try:
            for piece in globals()[sys.argv[1]]():
                self.wfile.write(piece)
        except OSError:
            pass

    def log_message(self, *given):
        pass

server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.handle_request()
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells a peak of memory")
@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("large", "too_large"),
        ("bomb", "too_large"),
        ("entities", ""),
        ("slow", "timeout"),
    ],
)
def test_f33_a5_a7_an_answer_made_to_fill_the_memory_does_not(what, reason):
    server = subprocess.Popen([sys.executable, "-c", SERVER, what], stdout=subprocess.PIPE)
    try:
        port = int(server.stdout.readline())
        run = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(PROGRAM), f"http://127.0.0.1:{port}/"],
            env={"PYTHONPATH": str(ROOT / "layers" / "core")},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    assert run.returncode == 0, run.stderr
    _, why, megabytes = json.loads(run.stdout)
    assert why.startswith(reason)
    assert 0 < megabytes <= MOST_MEGABYTES
