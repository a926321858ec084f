"""The embedded AWS: MiniStack as a child process, on loopback alone, with IAM enforced.

docs/embedded.md tells what it does as AWS does, and what not.
"""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from demo import certificate
from demo.steps import ROOT, StepFailed, free_port, is_free, last_lines, plain_environment

PYTHON = ROOT / ".venv-embedded" / "bin" / "python"
REGION = "us-east-1"
_ROOT_KEY = "earwitness-demo"  # a name, no secret: its signature is not checked
_HEALTHY_WITHIN_SECONDS = 60
_STOPS_WITHIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class EmbeddedAws:
    """A running embedded AWS. ``home`` holds its certificate, its log and what it keeps."""

    home: Path
    port: int
    pid: int
    persist: bool
    _clients: list[Any] = field(default_factory=list, repr=False, compare=False)

    @property
    def endpoint(self) -> str:
        """The address of every service."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it and the functions in it say."""
        return self.home / "aws.log"

    @property
    def variables(self) -> dict[str, str]:
        """What makes an AWS client of any kind talk to it as root, and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_CA_BUNDLE": str(self.home / "authorities.pem"),
            "AWS_ACCESS_KEY_ID": _ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": _ROOT_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: Any) -> Any:
        """A boto3 client of the root caller, whatever the user's own configuration says."""
        session = boto3.session.Session(
            aws_access_key_id=_ROOT_KEY, aws_secret_access_key=_ROOT_KEY, region_name=REGION
        )
        client = session.client(
            service,
            endpoint_url=self.endpoint,
            verify=str(self.home / "authorities.pem"),
            config=Config(proxies={}, retries={"mode": "standard", "total_max_attempts": 3}),
        )
        self._clients.append(client)
        return client

    def last_failure(self) -> str | None:
        """Why a function failed last, in its own words; None when none has."""
        said = self.log.read_text("utf-8", "replace")
        failures = re.findall(r"Lambda (\S+) failed .*errorMessage=(.*)\)$", said, re.MULTILINE)
        return ": ".join(failures[-1]) if failures else None

    def stop(self) -> None:
        """Let it save what it keeps, end it and every function it runs, remove what is scratch."""
        for client in self._clients:  # it would wait half a minute for the goodbye of each
            client.close()
        if self.persist:
            _signal(self.pid, signal.SIGTERM)
            deadline = time.monotonic() + _STOPS_WITHIN_SECONDS
            while is_running(self.pid) and time.monotonic() < deadline:
                time.sleep(0.1)
        _signal(self.pid, signal.SIGKILL)
        # The layers of every instance of a function, unpacked: minutes of removing, which nobody
        # should wait for, and no next start should meet.
        with suppress(FileNotFoundError):
            discarded = (self.home / "scratch").rename(self.home / f"scratch-{self.pid}")
            subprocess.Popen(["rm", "-rf", str(discarded)], start_new_session=True)
        (self.home / "running.json").unlink(missing_ok=True)


def start(home: Path, port: int | None = None, *, persist: bool) -> EmbeddedAws:
    """Start the embedded AWS in ``home`` and wait until it answers.

    Args:
        home: a folder of its own; created when absent. With ``persist``, what it kept there
            the last time is loaded.
        port: loopback port; None takes a free one.
        persist: keep state on an orderly stop.

    Raises:
        StepFailed: it is not installed, the port is taken, or it ended at once.
    """
    if not PYTHON.exists():
        raise StepFailed(
            "The embedded AWS is not installed: `make demo` does it, or make .venv-embedded."
        )
    if port is not None and not is_free(port):
        raise StepFailed(
            f"Port {port} of this machine is in use: stop what uses it, or choose another"
            " with PORT=..."
        )
    port = port or free_port()
    (home / "scratch").mkdir(parents=True, exist_ok=True)
    certificate.write(home)
    aws = EmbeddedAws(home, port, _launch(home, port, persist=persist).pid, persist)
    (home / "running.json").write_text(
        json.dumps({"port": port, "pid": aws.pid, "persist": persist}), "utf-8"
    )
    try:
        _wait_until_healthy(aws)
    except BaseException:
        aws.stop()
        raise
    return aws


def running(home: Path) -> EmbeddedAws | None:
    """The embedded AWS that was left running in ``home``, if it still runs."""
    try:
        left = json.loads((home / "running.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    aws = EmbeddedAws(home, left["port"], left["pid"], left["persist"])
    # A process id is used again after a restart of the machine: it counts if the port answers.
    return aws if is_running(aws.pid) and _answers(aws) else None


def _launch(home: Path, port: int, *, persist: bool) -> subprocess.Popen[bytes]:
    kept = {
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "objects"),
    }
    environment = plain_environment(
        {
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": "127.0.0.1",
            "AUTH": "true",
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(home / "certificate.pem"),
            "MINISTACK_SSL_KEY": str(home / "key.pem"),
            # functions inherit these three
            "AWS_CA_BUNDLE": str(home / "authorities.pem"),
            "SSL_CERT_FILE": str(home / "authorities.pem"),
            "TMPDIR": str(home / "scratch"),
            "AWS_ACCESS_KEY_ID": _ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": _ROOT_KEY,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "INFO",
        }
        | (kept if persist else {})
    )
    command = [
        str(PYTHON), "-m", "hypercorn", "ministack.app:app", "--workers", "0",
        "--bind", f"127.0.0.1:{port}", "--keep-alive", "75", "--log-level", "WARNING",
        "--certfile", str(home / "certificate.pem"), "--keyfile", str(home / "key.pem"),
    ]  # fmt: skip
    with (home / "aws.log").open("wb") as log:
        # A session of its own: Ctrl-C reaches us alone, and we stop it in order.
        return subprocess.Popen(
            command, cwd=home, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip


def _wait_until_healthy(aws: EmbeddedAws) -> None:
    deadline = time.monotonic() + _HEALTHY_WITHIN_SECONDS
    while not _answers(aws):
        if not is_running(aws.pid):
            raise StepFailed(_why_it_ended(last_lines(aws.log, 20), aws.port))
        if time.monotonic() > deadline:
            raise StepFailed(
                f"The embedded AWS did not answer within {_HEALTHY_WITHIN_SECONDS} s;"
                f" its last words: {last_lines(aws.log)}"
            )
        time.sleep(0.1)


def _why_it_ended(said: str, port: int) -> str:
    if "address already in use" in said.lower():
        return f"Port {port} of this machine was taken by another program meanwhile: try again."
    if "ModuleNotFoundError" in said or "No module named" in said:
        return (
            "The environment .venv-embedded is incomplete: remove it and run `make demo` again."
            f" ({said.splitlines()[-1]})"
        )
    if "No space left" in said:
        return "The disk is full: the embedded AWS needs about 1 GB."
    last = said.splitlines()[-1] if said else "nothing"
    return f"The embedded AWS ended as it started; its last words: {last}"


def _answers(aws: EmbeddedAws) -> bool:
    try:
        trust = ssl.create_default_context(cafile=str(aws.home / "certificate.pem"))
        here = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
        )
        with here.open(f"{aws.endpoint}/_ministack/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:  # a refused or broken connection, or a certificate that is not there
        return False


def is_running(pid: int) -> bool:
    """Whether the process exists; a child of ours that ended is collected on the way."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass  # left by an earlier run, no child of this one
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _signal(pid: int, what: signal.Signals) -> None:
    """To it and the functions it started: it leads a session of its own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, what)
