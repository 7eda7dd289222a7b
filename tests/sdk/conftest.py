from collections.abc import Iterator

import pytest
from cloudflare import Cloudflare
from pytest_django.live_server_helper import LiveServer

from tests.worlds import World, two_worlds


@pytest.fixture
def world(live_server: LiveServer) -> World:
    return two_worlds().north


@pytest.fixture(params=["/client/v4", ""])
def client(live_server: LiveServer, world: World, request: pytest.FixtureRequest) -> Iterator[Cloudflare]:
    """The official client with nothing changed but where it calls, and its token."""
    url = f"{live_server.url}{request.param}"
    # Closed at the end: the server's thread keeps its database connection as long as the client's is open.
    with Cloudflare(api_token=world.secrets["read"], base_url=url, max_retries=0) as client:
        yield client
