"""Web push: a subscription by Mastodon.py, an endpoint of our own, and what arrives decrypted by http_ece."""

import base64
import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from mastodon import Mastodon
from support import PATIENCE, Server, consent


class Endpoint:
    """A push service of one address: keeps what it is sent, and answers as it is told to."""

    def __init__(self) -> None:
        self.arrived: queue.Queue = queue.Queue()
        self.status = 201
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.arrived.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(endpoint.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/push/secret-of-ada"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def endpoint():
    endpoint = Endpoint()
    yield endpoint
    endpoint.server.shutdown()


@pytest.fixture(scope="module")
def server(endpoint):
    # What an operator opens for an intranet; without it nothing on loopback is reached (S-11).
    server = Server(
        "--set", "previews.private_addresses=127.0.0.1/32",
        "--set", f"previews.ports={endpoint.port}",
    )  # fmt: skip
    server.person("ada")
    server.person("bob")
    yield server
    server.stop()


def signed_in(server, handle: str) -> Mastodon:
    oob = "urn:ietf:wg:oauth:2.0:oob"
    scopes = ["read", "write", "follow", "push"]
    key, secret = Mastodon.create_app("push", scopes=scopes, redirect_uris=oob, api_base_url=server.url)
    api = Mastodon(client_id=key, client_secret=secret, api_base_url=server.url)
    code = consent(api.auth_request_url(redirect_uris=oob, scopes=scopes, allow_http=True), handle)
    api.log_in(code=code, redirect_uri=oob, scopes=scopes, allow_http=True)
    return api


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_push_is_for_its_receiver_alone_and_proves_its_sender(server, endpoint):
    ada, bob = signed_in(server, "ada"), signed_in(server, "bob")
    private, public = ada.push_subscription_generate_keys()
    made = ada.push_subscription_set(endpoint.url, public, mention_events=True, favourite_events=False)
    assert made.endpoint == endpoint.url and made.alerts["mention"] and not made.alerts["favourite"]
    assert ada.push_subscription().id == made.id

    post = bob.status_post("@ada are you there? grüße 🎉")
    headers, body = endpoint.arrived.get(timeout=PATIENCE)
    assert headers["content-encoding"] == "aes128gcm" and int(headers["ttl"]) > 0
    assert "are you there".encode() not in body

    import http_ece

    key = ec.derive_private_key(private["privkey"], ec.SECP256R1())
    told = json.loads(http_ece.decrypt(body, private_key=key, auth_secret=private["auth"], version="aes128gcm"))
    assert told["notification_type"] == "mention" and told["title"] == "bob mentioned you"
    assert told["body"] == "@ada are you there? grüße 🎉"
    assert told["notification_id"] == int(ada.notifications()[0].id)
    assert told["url"].endswith(f"/@bob/{post.id}")

    scheme, token, sender = headers["authorization"].replace(",", " ").split()
    assert scheme == "vapid" and sender.removeprefix("k=") == made.server_key
    head, claims, signature = token.removeprefix("t=").split(".")
    curve = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpadded(made.server_key))
    raw = unpadded(signature)
    pair = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    curve.verify(pair, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert json.loads(unpadded(claims))["aud"] == f"http://127.0.0.1:{endpoint.port}"

    # A like is not asked for; an endpoint that is gone ends the subscription.
    bob.status_favourite(ada.status_post("mine"))
    endpoint.status = 410
    bob.status_post("@ada once more")
    _, body = endpoint.arrived.get(timeout=PATIENCE)
    told = json.loads(http_ece.decrypt(body, private_key=key, auth_secret=private["auth"], version="aes128gcm"))
    assert told["body"] == "@ada once more", "the like was not pushed"
    server.settle()
    with pytest.raises(Exception, match="404|not found"):
        ada.push_subscription()
