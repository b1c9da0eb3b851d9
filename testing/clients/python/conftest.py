import pytest
from support import Server


@pytest.fixture(scope="module")
def server():
    """A server of each file's own, with two people."""
    server = Server()
    server.person("ada")
    server.person("bob")
    yield server
    server.stop()
