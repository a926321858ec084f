"""What goes wrong before the day begins is one clear sentence, and leaves nothing behind."""

import os
import socket
import stat
import time

import pytest

from demo import deploy, embedded, steps
from demo.steps import StepFailed, plain_environment


@pytest.fixture
def interpreter(tmp_path, monkeypatch):
    """Stand-ins for the interpreter of .venv-embedded, written by a test as shell scripts."""

    def written(script):
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(embedded, "PYTHON", path)

    return written


def failure(tmp_path, port=None):
    with pytest.raises(StepFailed) as failed:
        embedded.start(tmp_path / "home", port, persist=False)
    return str(failed.value)


def test_an_embedded_aws_that_is_not_installed_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "PYTHON", tmp_path / "absent")
    assert "`make demo` does it" in failure(tmp_path)


def test_a_port_in_use_is_named(tmp_path, interpreter):
    interpreter("sleep 60")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"Port {port} of this machine is in use" in failure(tmp_path, port)


@pytest.mark.parametrize(
    ("last_words", "sentence"),
    [
        ("OSError: [Errno 98] error: address already in use", "was taken by another program"),
        ("ModuleNotFoundError: No module named 'ministack'", ".venv-embedded is incomplete"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("RuntimeError: something new", "its last words: RuntimeError: something new"),
    ],
)
def test_one_that_ends_at_once_says_why(tmp_path, interpreter, last_words, sentence):
    interpreter(f'echo "{last_words}" >&2; exit 1')
    assert sentence in failure(tmp_path)


def test_one_that_does_not_answer_is_ended(tmp_path, interpreter, monkeypatch):
    interpreter(f"echo $$ > {tmp_path}/pid; echo still thinking; exec sleep 600")
    monkeypatch.setattr(embedded, "_HEALTHY_WITHIN_SECONDS", 1)
    assert "did not answer within 1 s; its last words: still thinking" in failure(tmp_path)
    assert ends(int((tmp_path / "pid").read_text()))
    assert not (tmp_path / "home" / "running.json").exists()


def ends(pid):
    """Whether a process is gone in a while: on a busy machine a killed one takes a moment."""
    deadline = time.monotonic() + 10
    while embedded.is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not embedded.is_running(pid)


def test_nothing_runs_where_nothing_was_left_running(tmp_path):
    assert embedded.running(tmp_path) is None


def test_a_process_id_that_another_program_has_now_is_not_taken_for_it(tmp_path):
    (tmp_path / "certificate.pem").write_text("")
    left = f'{{"port": 1, "pid": {os.getppid()}, "persist": false}}'
    (tmp_path / "running.json").write_text(left)
    assert embedded.running(tmp_path) is None


def test_credentials_of_the_user_reach_no_child(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "theirs")
    monkeypatch.setenv("GITHUB_TOKEN", "theirs")
    assert "theirs" not in plain_environment({}).values()


def test_what_is_on_this_machine_is_not_asked_of_a_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    assert plain_environment({})["NO_PROXY"] == "127.0.0.1,localhost,intranet.example"


def test_sam_that_is_not_installed_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr(deploy, "SAM", tmp_path / "absent")
    with pytest.raises(StepFailed, match="SAM is not installed"):
        deploy.build()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("UPDATING\nCREATE_FAILED  AWS::S3::Bucket  taken\nError: Failed", "CREATE_FAILED"),
        ("Traceback\nKeyError: 'x'\nError: the template is wrong", "the template is wrong"),
        ("botocore.exceptions.EndpointConnectionError: no route", "EndpointConnectionError"),
        ("", "it said nothing"),
    ],
)
def test_a_failed_step_gives_the_reason_and_not_the_traceback(
    tmp_path, monkeypatch, interpreter, said, reason
):
    interpreter(f"cat <<'EOF'\n{said}\nEOF\nexit 1")
    monkeypatch.setattr(deploy, "SAM", embedded.PYTHON)
    monkeypatch.setattr(deploy, "CACHE", tmp_path)
    monkeypatch.setattr(deploy, "_STAMP", tmp_path / "built-from")
    monkeypatch.setattr(deploy, "_BUILT", tmp_path / "build")
    with pytest.raises(StepFailed, match=reason):
        deploy.build()


def test_the_port_of_a_listener_is_not_free():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert not steps.is_free(listener.getsockname()[1])
