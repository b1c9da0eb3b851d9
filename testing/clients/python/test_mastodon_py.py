"""The story of an app written with Mastodon.py, as it is on PyPI."""

import queue

import pytest
from mastodon import Mastodon, MastodonUnauthorizedError, StreamListener
from support import PATIENCE, consent, png

SCOPES = ["read", "write", "follow", "push"]


@pytest.fixture(scope="module")
def app(server):
    return Mastodon.create_app("Mastodon.py", scopes=SCOPES, api_base_url=server.url)


def signed_in(server, app, handle: str) -> Mastodon:
    client_id, client_secret = app
    client = Mastodon(client_id, client_secret, api_base_url=server.url)
    code = consent(client.auth_request_url(scopes=SCOPES, allow_http=True), handle)
    client.log_in(code=code, scopes=SCOPES, allow_http=True)
    return client


@pytest.fixture(scope="module")
def ada(server, app):
    return signed_in(server, app, "ada")


@pytest.fixture(scope="module")
def bob(server, app):
    return signed_in(server, app, "bob")


def following(follower: Mastodon, followed: Mastodon):
    return follower.account_follow(followed.me().id)


def test_the_one_who_consented_is_signed_in(ada, bob):
    assert ada.me().acct == "ada"
    assert bob.account_verify_credentials().username == "bob"
    assert ada.instance().version.startswith("4.3.0")


def test_a_post_with_a_picture_and_what_others_do_with_it(server, ada, bob, tmp_path):
    ada.notifications_clear()
    relation = following(bob, ada)
    assert relation.following
    media = ada.media_post(str(png(tmp_path / "rust.png")), description="A rusty hull", synchronous=True)
    assert media.url
    post = ada.status_post("The hull is **scraped** #boatyard", media_ids=[media], visibility="public")
    assert post.media_attachments[0].description == "A rusty hull"
    assert post.tags[0].name == "boatyard"

    answer = bob.status_reply(post, "At last", untag=False)
    assert answer.in_reply_to_id == post.id and answer.mentions[0].acct == "ada"
    assert bob.status_favourite(post).favourited
    assert bob.status_reblog(post).reblog.id == post.id
    assert bob.status_bookmark(post).bookmarked
    assert [one.id for one in bob.bookmarks()] == [post.id]
    seen = ada.status(post)
    assert (seen.favourites_count, seen.reblogs_count, seen.replies_count) == (1, 1, 1)
    assert [one.id for one in ada.status_context(post).descendants] == [answer.id]
    assert [one.acct for one in ada.status_favourited_by(post)] == ["bob"]
    assert [one.acct for one in ada.status_reblogged_by(post)] == ["bob"]

    server.settle()
    told = ada.notifications()
    assert {one.type for one in told} == {"follow", "mention", "favourite", "reblog"}
    assert all(one.account.acct == "bob" for one in told)
    ada.notifications_dismiss(told[0])
    assert told[0].id not in {one.id for one in ada.notifications()}
    ada.notifications_clear()
    assert ada.notifications() == []


def test_home_is_paged_by_its_links(server, ada, bob):
    following(bob, ada)
    wanted = [ada.status_post(f"Wave {number}", visibility="unlisted").id for number in range(45)]
    server.settle()
    page, seen, pages = bob.timeline_home(limit=20), [], 0
    while page:
        pages += 1
        seen.extend(one.id for one in page)
        page = bob.fetch_next(page)
    assert pages >= 3
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen, key=int, reverse=True)
    assert [one for one in seen if one in set(wanted)] == wanted[::-1]
    # The page next to a cursor, upwards.
    above = bob.timeline_home(min_id=wanted[9], limit=5)
    assert [one.id for one in above] == wanted[10:15][::-1]
    newest = bob.timeline_home(since_id=wanted[40])
    assert [one.id for one in newest if one.id in set(wanted)] == wanted[41:][::-1]


def test_people_posts_and_tags_are_found(server, ada, bob):
    ada.account_update_credentials(display_name="Ada Lovelace", discoverable=True, indexable=True)
    post = ada.status_post("A lighthouse keeper counts herons #lamproom", visibility="public")
    server.settle()
    assert [one.acct for one in bob.search("lovelace", result_type="accounts").accounts] == ["ada"]
    assert post.id in [one.id for one in bob.search("herons", result_type="statuses").statuses]
    assert "lamproom" in [one.name for one in bob.search("#lamproom", result_type="hashtags").hashtags]


class Heard(StreamListener):
    def __init__(self):
        self.events = queue.Queue()

    def on_update(self, status):
        self.events.put(("update", status.id))

    def on_delete(self, status_id):
        self.events.put(("delete", status_id))

    def on_conversation(self, conversation):
        self.events.put(("conversation", conversation.last_status.id))


def test_a_post_and_its_end_arrive_by_the_stream(ada, bob):
    following(bob, ada)
    heard = Heard()
    stream = bob.stream_user(heard, run_async=True, timeout=PATIENCE)
    try:
        # The stream is open when its first answer came: what happens from here on is heard.
        post = ada.status_post("The tide turns", visibility="public")
        assert heard.events.get(timeout=PATIENCE) == ("update", post.id)
        ada.status_delete(post)
        kind, gone = heard.events.get(timeout=PATIENCE)
        assert (kind, str(gone)) == ("delete", str(post.id))
    finally:
        stream.close()


def test_private_messages_are_conversations(server, ada, bob):
    heard = Heard()
    stream = bob.stream_direct(heard, run_async=True, timeout=PATIENCE)
    try:
        first = ada.status_post("@bob a word in private", visibility="direct")
        assert heard.events.get(timeout=PATIENCE) == ("conversation", first.id)
    finally:
        stream.close()
    talk = bob.conversations()[0]
    assert talk.unread and talk.last_status.id == first.id
    assert [one.acct for one in talk.accounts] == ["ada"]
    assert not bob.conversations_read(talk).unread
    answer = bob.status_reply(first, "Gladly")
    assert answer.visibility == "direct"
    server.settle()
    hers = ada.conversations()[0]
    assert hers.unread and hers.last_status.id == answer.id


def test_a_revoked_token_opens_nothing(server, app):
    client = signed_in(server, app, "bob")
    assert client.me().acct == "bob"
    token = client.access_token
    client.revoke_access_token(allow_http=True)
    with pytest.raises(MastodonUnauthorizedError):
        Mastodon(access_token=token, api_base_url=server.url).account_verify_credentials()
