"""The poller, against a real HTTP server."""

from collections.abc import Callable

import pytest

from accounts.models import Source, SourceKind
from analytics.models import IngestInterval
from ingest import pollers
from ingest.adapters.nginx_rtmp import StatusError
from ingest.fetch import FetchError, fetch
from tests.ingest.status_server import StatusServer, page
from tests.worlds import World
from viewers.models import ViewerSession

NOW = 1_795_356_700_000


def clock(now: int = NOW) -> Callable[[], int]:
    return lambda: now


def poll(world: World, now: int = NOW) -> int:
    source = Source.objects.get(pk=world.source.pk)
    return pollers.poll(source, clock(now))


@pytest.mark.django_db
def test_it_shows_who_is_there_since_when(nginx_world: World, server: StatusServer) -> None:
    server.page = page(60, (4, "81.2.69.142", 30_000, "play"), (1, "10.0.0.1", 50_000, "publish"))
    assert poll(nginx_world) == 2
    session = ViewerSession.objects.get()
    assert (session.connection_id, session.stream_key, session.ip) == ("4", "live/a", "81.2.69.142")
    assert (session.started_ms, session.last_ms) == (NOW - 30_000, NOW)
    assert (session.player, session.protocol, session.bandwidth) == ("LNX 9", "rtmp", 112_000)
    publisher = IngestInterval.objects.get()
    assert (publisher.started_ms, publisher.ended_ms) == (NOW - 50_000, None)


@pytest.mark.django_db
def test_it_ends_nobody_who_is_missing_once(nginx_world: World, server: StatusServer) -> None:
    server.page = page(60, (4, "81.2.69.142", 30_000, "play"))
    poll(nginx_world)
    server.page = page(75)
    poll(nginx_world, NOW + 15_000)
    server.page = page(90, (4, "81.2.69.142", 60_000, "play"))
    poll(nginx_world, NOW + 30_000)
    session = ViewerSession.objects.get()
    assert (session.started_ms, session.last_ms) == (NOW - 30_000, NOW + 30_000)


@pytest.mark.django_db
@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_it_keeps_the_epoch_though_uptimes_are_rounded(
    nginx_world: World, server: StatusServer, drift: int
) -> None:
    server.page = page(60, (4, "81.2.69.142", 1000, "play"))
    poll(nginx_world)
    server.page = page(75 + drift, (4, "81.2.69.142", 16_000, "play"))
    poll(nginx_world, NOW + 15_000)
    assert Source.objects.get(pk=nginx_world.source.pk).epoch_ms == NOW - 60_000
    assert ViewerSession.objects.count() == 1


@pytest.mark.django_db
def test_a_number_used_again_is_another_connection(nginx_world: World, server: StatusServer) -> None:
    server.page = page(60, (4, "81.2.69.142", 50_000, "play"))
    poll(nginx_world)
    # Restarted 10 s later. The same number, and behind the same address somebody else.
    server.page = page(5, (4, "81.2.69.142", 1000, "play"))
    poll(nginx_world, NOW + 15_000)
    assert Source.objects.get(pk=nginx_world.source.pk).epoch_ms == NOW + 10_000
    spans = {(session.started_ms, session.last_ms) for session in ViewerSession.objects.all()}
    assert spans == {(NOW - 50_000, NOW), (NOW + 14_000, NOW + 15_000)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, b"", "Answered 500"),
        (401, b"", "Answered 401"),
        (302, b"", "redirects are not followed"),
        (200, b"<html></html>", "rtmp_stat all"),
        (200, b"<rtmp><uptime>5</uptime>", "not readable XML"),
    ],
)
def test_a_failed_poll_says_nothing_and_is_noted(
    nginx_world: World, server: StatusServer, status: int, body: bytes, reason: str
) -> None:
    server.page = page(60, (4, "81.2.69.142", 30_000, "play"))
    poll(nginx_world)
    server.status, server.page, server.headers = status, body, {"Location": "http://127.0.0.1:9/"}
    with pytest.raises((FetchError, StatusError), match=reason):
        poll(nginx_world, NOW + 15_000)
    assert ViewerSession.objects.get().last_ms == NOW
    assert len(server.requests) == 2


@pytest.mark.django_db(transaction=True)
def test_it_polls_what_is_due_and_notes_failures(nginx_world: World, server: StatusServer) -> None:
    source = Source.objects.create(
        app=nginx_world.app, name="down", kind=SourceKind.NGINX_RTMP, poll_url="http://127.0.0.1:9/stat"
    )
    Source.objects.create(app=nginx_world.app, name="players", poll_url=server.url)
    for elapsed_s in (0, 14, 15):
        server.page = page(60 + elapsed_s, (4, "81.2.69.142", 30_000 + 1000 * elapsed_s, "play"))
        pollers.poll_due(clock(NOW + 1000 * elapsed_s), wait_s=10)
    assert len(server.requests) == 2
    source.refresh_from_db()
    assert source.last_poll_ms == NOW + 15_000
    assert source.last_poll_error.startswith("No connection")
    polled = Source.objects.get(pk=nginx_world.source.pk)
    assert (polled.last_poll_ms, polled.last_poll_error) == (NOW + 15_000, "")
    assert ViewerSession.objects.get().last_ms == NOW + 15_000


@pytest.mark.django_db(transaction=True)
def test_it_polls_again_after_the_clock_was_set_back(nginx_world: World, server: StatusServer) -> None:
    server.page = page(60)
    pollers.poll_due(clock(NOW), wait_s=10)
    pollers.poll_due(clock(NOW - 3_600_000), wait_s=10)
    assert len(server.requests) == 2


@pytest.mark.django_db(transaction=True)
def test_a_slow_server_holds_nobody_up(nginx_world: World, server: StatusServer) -> None:
    server.page, server.slow_s = page(60), 1.0
    pollers.poll_due(clock(NOW), wait_s=0)
    # Still under way: it is not begun a second time.
    pollers.poll_due(clock(NOW + 60_000), wait_s=10)
    assert len(server.requests) == 1
    server.slow_s = 0
    pollers.poll_due(clock(NOW + 120_000), wait_s=10)
    assert len(server.requests) == 2


def test_it_fetches_no_more_than_it_may(server: StatusServer) -> None:
    server.page = b"x" * 200_000
    with pytest.raises(FetchError, match="larger than"):
        fetch(server.url, clock(), limit=100_000)
    assert len(fetch(server.url, clock(), limit=1000, whole=False).body) >= 1000


def test_it_sends_the_password_of_the_address(server: StatusServer) -> None:
    fetch(server.url.replace("//", "//stat%40us:p%3Aw@"), clock())
    assert server.requests[0]["Authorization"] == "Basic c3RhdEB1czpwOnc="


def test_it_believes_no_proxy_of_the_environment(
    server: StatusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    server.page = b"here"
    assert fetch(server.url, clock()).body == b"here"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://",
        "http://127.0.0.1:x/",
        "http://[::1",
        "http://a b/",
    ],
)
def test_it_fetches_nothing_but_http(url: str) -> None:
    with pytest.raises(FetchError):
        fetch(url, clock())


def test_an_error_does_not_tell_the_password(server: StatusServer) -> None:
    server.status = 403
    with pytest.raises(FetchError) as caught:
        fetch(server.url.replace("//", "//user:secret@"), clock())
    assert "secret" not in str(caught.value)
