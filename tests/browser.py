"""A headless Chromium, spoken to over its pipe: what a page does, and how it looks.

The protocol is Chrome's own (https://chromedevtools.github.io/devtools-protocol): JSON messages
that end with a zero byte, read from file descriptor 3 and written to 4.
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Seen:
    """What a page did while it was opened and looked at."""

    console: list[str] = field(default_factory=list)  # errors and whatever was logged
    requests: list[str] = field(default_factory=list)  # of anything but the page itself
    width: int = 0  # what it would need, in CSS pixels
    height: int = 0
    picture: bytes = b""  # PNG
    tree: list[dict] = field(default_factory=list)  # what a screen reader is given


class Browser:
    """One Chromium. Pages are opened one after the other."""

    def __init__(self, to_browser, from_browser):
        self._to, self._from = to_browser, from_browser
        self._number, self._buffer = 0, b""
        self._seen = Seen()
        self._session = None

    def look(self, path, width, *, evaluate="", height=None, mobile=False):
        """Open a file at that width and say what was seen; the picture is as high as the page."""
        self._seen = Seen()
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime", "Accessibility"):
            self._ask(f"{domain}.enable")
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=900,
                  deviceScaleFactor=1, mobile=mobile)  # fmt: skip
        address = path.as_uri()
        self._ask("Page.navigate", url=address)
        self._value("new Promise(done => document.readyState == 'complete' ? done(1)"
                    " : addEventListener('load', () => done(1)))")  # fmt: skip
        self._seen.width = self._value("document.documentElement.scrollWidth")
        self._seen.height = self._value("document.documentElement.scrollHeight")
        self._seen.tree = self._ask("Accessibility.getFullAXTree")["nodes"]
        high = height or self._seen.height
        clip = {"x": 0, "y": 0, "width": width, "height": high, "scale": 1}
        taken = self._ask("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        self._seen.picture = base64.b64decode(taken["data"])
        value = self._value(evaluate) if evaluate else None
        seen, self._session = self._seen, None
        self._ask("Target.closeTarget", targetId=target)
        seen.requests = [one for one in seen.requests if one != address]
        return (seen, value) if evaluate else seen

    def _value(self, expression):
        answer = self._ask("Runtime.evaluate", expression=expression, awaitPromise=True,
                           returnByValue=True)  # fmt: skip
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _ask(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self._heard(answer)

    def _next(self):
        while b"\0" not in self._buffer:
            read = os.read(self._from, 1 << 20)
            assert read, "Chromium ended"
            self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _heard(self, event):
        method, given = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self._seen.requests.append(given["request"]["url"])
        elif method == "Log.entryAdded":
            self._seen.console.append(given["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self._seen.console.append(str(given["args"]))
        elif method == "Runtime.exceptionThrown":
            self._seen.console.append(str(given["exceptionDetails"]))


@contextmanager
def chromium():
    """A browser for as long as the block."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--remote-debugging-pipe", f"--user-data-dir={profile}",
            "--disable-background-networking", "--no-first-run", "about:blank",
        ]  # fmt: skip
        # Chromium reads from 3 and writes to 4, whatever our own ends are called.
        shell = f'exec "$@" 3<&{to_read} 4>&{from_write}'
        process = subprocess.Popen(
            ["/bin/bash", "-c", shell, "chromium", *command], pass_fds=(to_read, from_write),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_read)
        os.close(from_write)
        try:
            yield Browser(to_write, from_read)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            os.close(to_write)
            os.close(from_read)
