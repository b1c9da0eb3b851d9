"""The story of somebody at a terminal, with toot as it is on PyPI."""

import json
import os
import re
import subprocess
import sys

import pexpect
import pytest
from support import PATIENCE, consent, png


class Terminal:
    """toot for one person, with a configuration of their own."""

    def __init__(self, folder) -> None:
        self.environment = os.environ | {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "BROWSER": "true",
            "PYTHONUNBUFFERED": "1",
        }
        self.program = os.path.join(os.path.dirname(sys.executable), "toot")

    def start(self, *words: str) -> subprocess.Popen:
        return subprocess.Popen(
            [self.program, *words],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __call__(self, *words: str, typed: str = "") -> str:
        process = self.start(*words)
        said, _ = process.communicate(typed, timeout=PATIENCE)
        assert process.returncode == 0, said
        return said

    def refused(self, *words: str) -> str:
        process = self.start(*words)
        said, _ = process.communicate("", timeout=PATIENCE)
        assert process.returncode != 0, said
        return said

    def pages(self, *words: str) -> list[str]:
        """The pages that a reader sees who goes on to the end; keys are read from a terminal only."""
        size = (24, 100)
        child = pexpect.spawn(
            self.program, list(words), env=self.environment, encoding="utf-8", dimensions=size
        )
        pages = []
        while True:
            ended = child.expect(["to continue", pexpect.EOF], timeout=PATIENCE)
            pages.append(child.before)
            if ended:
                return pages
            child.send(" ")

    def json(self, *words: str):
        return json.loads(self(*words, "--json"))


def signed_in(server, folder, handle: str) -> Terminal:
    """Logs in as toot recommends: it shows a link, the person brings back a code."""
    toot = Terminal(folder)
    login = toot.start("login", "--instance", server.url)
    shown = ""
    while not (link := re.search(r"^(http\S+/oauth/authorize\S+)\n", shown, re.M)):
        line = login.stdout.readline()
        assert line, shown
        shown += line
    said, _ = login.communicate(f"n\n{consent(link[1], handle)}\n", timeout=PATIENCE)
    assert "Successfully logged in" in said, shown + said
    return toot


@pytest.fixture(scope="module")
def ada(server, tmp_path_factory):
    return signed_in(server, tmp_path_factory.mktemp("ada"), "ada")


@pytest.fixture(scope="module")
def bob(server, tmp_path_factory):
    return signed_in(server, tmp_path_factory.mktemp("bob"), "bob")


def test_whoami_and_instance(ada, bob):
    assert "@ada" in ada("whoami")
    assert bob.json("whoami")["username"] == "bob"
    assert "4.3.0" in ada.json("instance")["version"]


def test_a_post_with_a_picture_and_what_others_do_with_it(server, ada, bob, tmp_path):
    assert "following" in bob("follow", "ada").lower()
    picture = str(png(tmp_path / "hull.png"))
    post = ada.json("post", "A hull #boatyard", "--media", picture, "--description", "A rusty hull")
    assert post["media_attachments"][0]["description"] == "A rusty hull"
    answer = bob.json("post", "@ada at last", "--reply-to", post["id"])
    assert answer["in_reply_to_id"] == post["id"]
    bob("favourite", post["id"])
    bob("reblog", post["id"])
    bob("bookmark", post["id"])
    assert post["id"] in bob("bookmarks", "--once")
    seen = ada.json("status", post["id"])
    assert (seen["favourites_count"], seen["reblogs_count"], seen["replies_count"]) == (1, 1, 1)
    assert "at last" in ada("thread", post["id"])
    assert "bob" in ada("reblogged-by", post["id"]).splitlines()[-1]
    assert "bob" in ada("followers", "ada")

    server.settle()
    told = ada.json("notifications")
    assert {one["type"] for one in told} == {"follow", "mention", "favourite", "reblog"}
    only = ada.json("notifications", "--type", "mention")
    assert [one["type"] for one in only] == ["mention"]
    ada("notifications", "--clear")
    assert ada.json("notifications") == []


def test_home_is_paged(server, ada, bob):
    bob("follow", "ada")
    wanted = [ada.json("post", f"Wave {number} ends", "--visibility", "unlisted")["id"] for number in range(7)]
    server.settle()
    # Three posts an answer, along the Link headers, screen by screen.
    pages = bob.pages("timelines", "home", "--limit", "3", "--no-clear", "--pager")
    assert len(pages) >= 3
    waves = [int(number) for number in re.findall(r"Wave (\d+) ends", "".join(pages))]
    assert waves == [6, 5, 4, 3, 2, 1, 0]
    first = bob.json("timelines", "home", "--limit", "2")
    assert [one["id"] for one in first] == wanted[:-3:-1]


def test_people_posts_and_tags_are_found(server, ada, bob):
    ada("update-account", "--display-name", "Ada Lovelace", "--discoverable")
    post = ada.json("post", "A keeper counts herons #lamproom", "--visibility", "public")
    server.settle()
    assert [one["acct"] for one in bob.json("search", "lovelace")["accounts"]] == ["ada"]
    assert post["id"] in [one["id"] for one in bob.json("search", "herons")["statuses"]]
    assert "lamproom" in [one["name"] for one in bob.json("search", "#lamproom")["hashtags"]]
    assert "herons" in bob("timelines", "tag", "lamproom", "--no-pager")


def test_deleted_is_gone_and_logged_out_is_out(ada, bob):
    post = ada.json("post", "Only for a moment")
    ada("delete", post["id"])
    assert "not found" in bob.refused("status", post["id"]).lower()
    ada("logout", re.search(r"\* (\S+)", ada("auth"))[1])
    assert "logged in" in ada.refused("whoami").lower()
