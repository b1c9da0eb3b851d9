"""What a person and their app do at an address, by nothing but Python: the story that every proxy and every platform is driven
with, and the small client that it is told with."""
import base64, http.client, json, secrets, socket, struct, subprocess, time

PATIENCE = 60


def free_port():
    """One below those that the system gives to whoever connects somewhere: of these, one that is free now may be a
    connection's own before anybody listens there."""
    while True:
        port = secrets.randbelow(12_000) + 20_000
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def until(what, check, patience=PATIENCE):
    """Asks again and again; a condition, never a time, is waited for."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        answer = check()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"never: {what}")


def expect(claim, true, seen=""):
    if not true:
        raise AssertionError(f"{claim}: {seen}")
    print(f"  ok  {claim}")


class Client:
    """Requests to one address, from one address of the loopback network."""

    def __init__(self, port, source="127.0.0.1"):
        self.port, self.source = port, source

    def ask(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, PATIENCE, source_address=(self.source, 0))
        headers = dict(headers)
        if isinstance(body, dict):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        seen = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        connection.close()
        return seen

    def raw(self, head):
        stream = socket.create_connection(("127.0.0.1", self.port), PATIENCE, source_address=(self.source, 0))
        stream.sendall("\r\n".join([*head, "Host: social.example", "", ""]).encode())
        return stream, stream.makefile("rb")


def head_of(reader):
    lines = []
    while (line := reader.readline().decode().strip()):
        lines.append(line)
    return lines[0] if lines else "", lines[1:]


def text_frame(reader):
    """The next text message of a WebSocket; pings pass by."""
    while True:
        first, second = reader.read(2)
        size = second & 127
        if size == 126:
            size = struct.unpack(">H", reader.read(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", reader.read(8))[0]
        payload = reader.read(size)
        if first & 15 == 1:
            return payload.decode()


def end(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def story(name, client):
    """What a person and their app do."""
    until("the proxy finds the server", lambda: client.ask("GET", "/ready")[0] == 200)
    handle = f"ada_{name}"
    status, headers, body = client.ask("POST", "/api/sociosphere/v1/auth/sign-up", {
        "handle": handle, "email": f"{handle}@example.org", "password": "correct horse battery"})
    expect("signs up", status == 200, body)
    token = json.loads(body)["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    expect("what is private says so", "no-store" in headers.get("cache-control", ""), headers)
    expect("the proxy names no version", not any(c.isdigit() for c in headers.get("server", "")), headers)

    socket_, events = open_socket(client, token)
    stream, lines = client.raw([f"GET /api/v1/streaming/user?access_token={token} HTTP/1.1"])
    expect("an event stream opens", " 200 " in head_of(lines)[0])
    # The first comment comes before anything happened: nothing is held back.
    until("the stream's first comment", lambda: b":)" in lines.readline())
    status, _, body = client.ask("POST", "/api/v1/statuses", {"status": "through the proxy"}, bearer)
    expect("posts", status == 200, body)
    id = json.loads(body)["id"]
    event = json.loads(text_frame(events))
    expect("the WebSocket has it", event["event"] == "update" and json.loads(event["payload"])["id"] == id, event)
    until("the event stream has it", lambda: f'"id":"{id}"'.encode() in lines.readline())
    print("  ok  the event stream has it")
    for open_ in (socket_, stream):
        open_.close()

    upload(client, bearer)
    page = {"Accept-Encoding": "gzip"}
    status, headers, body = client.ask("GET", "/", headers=page)
    expect("a page is compressed once", body[:2] == b"\x1f\x8b" and headers["content-encoding"] == "gzip", headers)
    status, _, body = client.ask("GET", "/metrics")
    expect("figures stay inside", status == 404 and b"net_" not in body, body[:80])


def open_socket(client, token):
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    stream, events = client.raw([
        "GET /api/v1/streaming?stream=user HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", f"Sec-WebSocket-Protocol: {token}"])
    first, headers = head_of(events)
    expect("a WebSocket opens", " 101 " in first, [first, headers])
    return stream, events


def upload(client, bearer):
    """20 MB of sound that ffmpeg can read, and a file that is larger than anything may be."""
    rate, size = 48_000, 20_000_000
    wave = b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt " + struct.pack(
        "<IHHIIHH", 16, 1, 2, rate, rate * 4, 4, 16) + b"data" + struct.pack("<I", size)
    wave += secrets.token_bytes(1_000_000) * (size // 1_000_000)
    mark = secrets.token_hex(16)
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    body = head.encode() + wave + f"\r\n--{mark}--\r\n".encode()
    status, _, answer = client.ask("POST", "/api/v2/media", body, bearer | kind)
    expect("uploads 20 MB", status in (200, 202), answer)
    media = json.loads(answer)
    def done():
        status, _, body = client.ask("GET", f"/api/v1/media/{media['id']}", headers=bearer)
        return status == 200 and json.loads(body)["url"]
    url = "/" + until("the upload is worked on", done).split("/", 3)[3]
    status, headers, _ = client.ask("GET", url, headers={"Range": "bytes=0-99"})
    expect("reads a part of it", status == 206 and headers["content-length"] == "100", [status, headers])
    stream, lines = client.raw(["POST /api/v2/media HTTP/1.1", f"Authorization: {bearer['Authorization']}",
                                f"Content-Type: {kind['Content-Type']}", "Content-Length: 104857601",
                                "Expect: 100-continue"])
    first = head_of(lines)[0]
    if " 100 " in first:
        # A proxy that leaves limits to the server passes bytes on until it is told.
        try:
            stream.sendall(head.encode())
            for _ in range(101):
                stream.sendall(wave[:1 << 20])
        except OSError:
            pass
        first = head_of(lines)[0]
    expect("one that is too large is refused", " 413 " in first or " 422 " in first, first)
    stream.close()
