from collections.abc import Iterator

import pytest
from django.db import connection

from accounts.models import Scope, Source, SourceKind
from tests.ingest.status_server import StatusServer, status_server
from tests.worlds import World, make_world


@pytest.fixture(autouse=True)
def no_history(request: pytest.FixtureRequest) -> Iterator[None]:
    """Django empties its own tables after a test that commits; the partitioned one is ours."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE analytics_viewinterval")


@pytest.fixture
def server() -> Iterator[StatusServer]:
    with status_server() as running:
        yield running


@pytest.fixture
def nginx_world(server: StatusServer) -> World:
    """Its source is an nginx-rtmp that is polled at `server`."""
    world = make_world("north")
    Source.objects.filter(pk=world.source.pk).update(kind=SourceKind.NGINX_RTMP, poll_url=server.url)
    world.source.refresh_from_db()
    return world


@pytest.fixture
def hook_path(nginx_world: World) -> str:
    return f"/in/{nginx_world.secrets[Scope.INGEST]}/nginx-rtmp"
