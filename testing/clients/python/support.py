"""What the stories of clients share: a server of their own, its people, and a browser without script."""

import json
import os
import pathlib
import queue
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import zlib
from urllib.parse import parse_qs, urljoin, urlparse

import requests
from bs4 import BeautifulSoup

ROOT = pathlib.Path(__file__).resolve().parents[3]
PASSWORD = "a harbour in the evening"
PATIENCE = 30
"""Seconds until what must come is missing; nothing waits for so long when all is well."""


def binary() -> str:
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    return os.environ.get("SOCIOSPHERE_BIN", str(pathlib.Path(target) / "release" / "sociosphere"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The release binary on an empty data folder and a free port; or a platform that runs already and that nobody used
    yet, if STORY_PLATFORM names the file that tells of one (testing/full makes it)."""

    def __init__(self, *more: str) -> None:
        self.process = None
        if not more and (given := os.environ.get("STORY_PLATFORM")):
            told = json.loads(pathlib.Path(given).read_text())
            self.url, (self.binary, *self.options) = told["url"], told["command"]
            return
        self.binary = binary()
        self.data = tempfile.mkdtemp(prefix="sociosphere-client-")
        listen = f"127.0.0.1:{free_port()}"
        self.url = f"http://{listen}"
        self.options = ["--data", self.data, "--listen", listen, "--set", "rate_limits=false", *more]
        self.process = subprocess.Popen(
            [self.binary, *self.options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        lines: queue.Queue[str] = queue.Queue()
        # The pipe is read until the end, or the server would stop at a full one.
        threading.Thread(
            target=lambda: [lines.put(line) for line in self.process.stdout], daemon=True
        ).start()
        said = []
        while not said or "SocioSphere is at" not in said[-1]:
            try:
                said.append(lines.get(timeout=PATIENCE))
            except queue.Empty as silence:
                self.stop()
                raise RuntimeError("the server does not come up:\n" + "".join(said)) from silence

    def command(self, *words: str) -> str:
        made = subprocess.run(
            [self.binary, *self.options, *words], check=True, capture_output=True, text=True
        )
        return made.stdout.strip()

    def person(self, handle: str) -> None:
        self.command(
            "account", "create", "--handle", handle, "--email", f"{handle}@example.org",
            "--password", PASSWORD, "--role", "member", "--confirmed",
        )  # fmt: skip

    def settle(self) -> None:
        """Waits until all that is due has run: search has indexed, everyone is told."""
        self.command("jobs", "settle")

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)
        shutil.rmtree(self.data, ignore_errors=True)


def consent(url: str, handle: str, password: str = PASSWORD) -> str:
    """Goes where an app sends somebody, signs in, allows it, and returns the code: as people do, with the forms that
    the pages show and nothing else."""
    browser = requests.Session()
    page = browser.get(url)
    page.raise_for_status()
    for _ in range(4):
        shown = BeautifulSoup(page.text, "html.parser")
        form = shown.find("form")
        code = shown.select_one("code.oauth-code")
        if code is not None:
            return code.get_text(strip=True)
        assert form is not None, page.text
        fields = {
            one["name"]: one.get("value", "") for one in form.find_all("input") if one.get("name")
        }
        if "user[email]" in fields:
            fields |= {"user[email]": handle, "user[password]": password}
        allow = form.find("button", attrs={"value": "allow"})
        if allow is not None:
            fields[allow["name"]] = "allow"
        target = urljoin(page.url, form.get("action") or page.url)
        page = browser.post(target, data=fields, allow_redirects=False)
        while page.is_redirect:
            to = urljoin(page.url, page.headers["location"])
            if "code" in parse_qs(urlparse(to).query) and not to.startswith(url.split("/oauth")[0]):
                return parse_qs(urlparse(to).query)["code"][0]
            page = browser.get(to, allow_redirects=False)
        assert page.ok, page.text
    raise AssertionError("the pages lead to no code")


def png(path: pathlib.Path, red: int = 200) -> pathlib.Path:
    """A small picture: one colour, 64 x 48."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + bytes([red, 90, 60]) * 64 for _ in range(48))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    return path
