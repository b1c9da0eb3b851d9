"""People who write and read while engines go and come, and the auditor who counts after them.

A post is tried again under the same Idempotency-Key until it is acknowledged, by whichever process answers: as an app does it. What
was acknowledged must be there once, with everything that follows from it once; what was never acknowledged may be there once.
The same two people talk in a chat, each on a process of their own: both must have the same history, without a hole.
"""
import json, threading, time
from person import until

PACE = 0.15
"""Seconds between two posts of a writer: the stand-in of MongoDB reads all documents for a question."""


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def told(seen, status=200):
    assert seen[0] == status, seen
    return json.loads(seen[2])


class Load:
    """Writers and a reader for each process that serves; they go on until `end`."""

    def __init__(self, community, author, reader):
        self.servers, self.author, self.reader = community.serves, bearer(author), bearer(reader)
        self.acked, self.attempted, self.refused, self.odd = {}, set(), [], []
        self.chat, self.said = self.open_chat(), {}
        self.reads, self.lock, self.stop = {server.name: 0 for server in self.servers}, threading.Lock(), threading.Event()
        jobs = [(job, number) for job in (self.write, self.read, self.talk) for number in range(len(self.servers))]
        self.threads = [threading.Thread(target=job, args=(number,), daemon=True) for job, number in jobs]
        for thread in self.threads:
            thread.start()

    def open_chat(self):
        """The author's with the reader, who follows the author: no request."""
        client = self.servers[0].client
        reader = told(client.ask("GET", "/api/v1/accounts/verify_credentials", headers=self.reader))
        opened = told(client.ask("POST", "/api/sociosphere/v1/chats", {"account_id": reader["id"]}, self.author))
        chat = f"/api/sociosphere/v1/chats/{opened['chat']['id']}"
        # Nobody is in a chat before something is said to them.
        told(client.ask("POST", f"{chat}/messages", {"text": "hello", "client_id": "hello"}, self.author))
        return chat

    def talk(self, first):
        """One of the two, who says the same until it is acknowledged."""
        token, count = [self.author, self.reader][first % 2], 0
        while not self.stop.is_set():
            count += 1
            words = f"said t{first}n{count}"
            turn = first
            while not self.say(words, self.servers[turn % len(self.servers)], token):
                turn += 1
                if self.stop.wait(PACE):
                    return
            self.stop.wait(2 * PACE)

    def say(self, words, server, token):
        said = self.sent(server, f"{self.chat}/messages", {"text": words, "client_id": words}, token, words)
        if said is None:
            return False
        with self.lock:
            self.said[words] = said["number"]
        return True

    def sent(self, server, path, body, headers, what):
        """What a process answered to a write; None if nobody did, or it could not."""
        try:
            status, _, answer = server.client.ask("POST", path, body, headers)
        except TimeoutError:
            with self.lock:
                self.odd.append(f"no answer at all to {what}")
            return None
        except OSError:
            return None  # It was killed.
        if status == 200:
            return json.loads(answer)
        with self.lock:
            self.refused.append((status, server.name))
            if status != 503 or b"error" not in answer and b"title" not in answer:
                self.odd.append(f"{status} {answer[:200]}")
        return None

    def write(self, first):
        count = 0
        while not self.stop.is_set():
            count += 1
            text = f"@bob marker w{first}n{count}"
            with self.lock:
                self.attempted.add(text)
            turn = first
            while not self.publish(text, self.servers[turn % len(self.servers)]):
                turn += 1
                if self.stop.wait(PACE):
                    return
            self.stop.wait(PACE)

    def publish(self, text, server):
        post = self.sent(server, "/api/v1/statuses", {"status": text}, self.author | {"Idempotency-Key": text}, text)
        if post is None:
            return False
        with self.lock:
            self.acked[text] = post["id"]
        return True

    def read(self, number):
        server = self.servers[number]
        while not self.stop.wait(PACE):
            try:
                status, _, body = server.client.ask("GET", "/api/v1/timelines/home?limit=5", headers=self.reader)
            except TimeoutError:
                with self.lock:
                    self.odd.append("no answer at all to a reader")
                continue
            except OSError:
                continue
            with self.lock:
                if status == 200:
                    self.reads[server.name] += 1
                else:
                    self.refused.append((status, server.name))
                    if status != 503:
                        self.odd.append(f"{status} {body[:200]}")

    def goes_on(self, posts=6):
        """People write on and read on, on every process."""
        with self.lock:
            before, reads = len(self.acked), dict(self.reads)
        until("posts are acknowledged", lambda: len(self.acked) >= before + posts)
        until("every process is read from", lambda: all(self.reads[name] >= count + 3 for name, count in reads.items()))

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        assert not self.odd, self.odd[:5]


def pages(client, path, token):
    """Everything of a list, newest first."""
    found, below = [], ""
    while page := told(client.ask("GET", f"{path}{'&' if '?' in path else '?'}limit=40{below}", headers=token)):
        found += page
        below = f"&max_id={page[-1]['id']}"
    return found


def audit(community, load):
    """Nothing that was acknowledged is lost, nothing is there twice, and all that follows from a post was done, once."""
    def drained():
        """What failed while something was away waits for its time, twice as long after each attempt."""
        assert "settled" in community.command("jobs", "settle")
        # Each counts what lies at RabbitMQ and what it holds itself, in hands or for the next second.
        lists = (community.command("jobs", "list", to=worker) for worker in community.workers)
        return all("ready 0\tdelayed 0\trunning 0\tgiven up 0" in told for told in lists)

    until("every job has run", drained, 240)
    # A worker may have done the last delayed one just before it was counted: what it wrote is found after a refresh alone.
    assert "settled" in community.command("jobs", "settle")
    verified = community.command("verify")
    assert "sound" in verified, verified
    client = community.serves[0].client
    me = told(client.ask("GET", "/api/v1/accounts/verify_credentials", headers=load.author))
    posts = pages(client, f"/api/v1/accounts/{me['id']}/statuses", load.author)
    texts = {}
    for post in posts:
        text = told(client.ask("GET", f"/api/v1/statuses/{post['id']}/source", headers=load.author))["text"]
        assert text not in texts, f"{text} is there twice"
        texts[text] = post["id"]
    lost = {text for text, id in load.acked.items() if texts.get(text) != id}
    assert not lost, f"acknowledged, and not there: {sorted(lost)}"
    assert set(texts) <= load.attempted, set(texts) - load.attempted
    ids = sorted(texts.values())
    until("the count is exact", lambda: told(client.ask("GET", f"/api/v1/accounts/{me['id']}", headers=load.reader))["statuses_count"] == len(ids))

    mentions = sorted(it["status"]["id"] for it in pages(client, "/api/v1/notifications?types[]=mention", load.reader))
    assert mentions == ids, differences("notifications", mentions, ids)
    found, offset = [], 0
    while page := told(client.ask("GET", f"/api/v2/search?q=marker&type=statuses&limit=40&offset={offset}", headers=load.reader))["statuses"]:
        found += [it["id"] for it in page]
        offset += len(page)
    assert sorted(found) == ids, differences("search", found, ids)
    audit_chat(community, load)
    home = sorted(it["id"] for it in pages(client, "/api/v1/timelines/home", load.reader))
    assert home == ids, differences("home", home, ids)
    return len(ids)


def audit_chat(community, load):
    """Both of the two have the same history, from every process: each message once, in one order, without a hole."""
    first = None
    for server in community.serves:
        for token in (load.author, load.reader):
            seen, before = [], ""
            while page := told(server.client.ask("GET", f"{load.chat}/messages?limit=100{before}", headers=token))["messages"]:
                seen = [(it["number"], it["content"]) for it in page] + seen
                before = f"&before={page[0]['number']}"
            first = first or seen
            assert seen == first, "two histories of one chat"
    assert [number for number, _ in first] == list(range(1, len(first) + 1)), "a hole in the history"
    assert len({words for _, words in first}) == len(first), "a message is there twice"
    there = dict(first)
    lost = {words for words, number in load.said.items() if words not in there.get(number, "")}
    assert not lost, f"said, acknowledged, and not there: {sorted(lost)}"


def differences(what, seen, wanted):
    twice = {id for id in seen if seen.count(id) > 1}
    return f"{what}: missing {sorted(set(wanted) - set(seen))}, too many {sorted(set(seen) - set(wanted))}, twice {sorted(twice)}"
