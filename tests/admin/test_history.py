import re
import uuid

import pytest
from django.test import Client

from analytics.models import IngestInterval, Livestream, LivestreamSession
from ingest.models import WorkerState
from tests.admin.rows import MUNICH, NOW, live, livestream, past
from tests.admin.shown import PAST, names
from tests.analytics.signs import HOUR, MINUTE, START, published, tell, watched
from tests.worlds import World, Worlds

INGEST = "/admin/analytics/ingestinterval/"
SESSIONS = "/admin/analytics/livestreamsession/"
STREAMS = "/admin/analytics/livestream/"


def publisher(world: World, connection_id: str, stream_key: str = "news", **fields: object) -> IngestInterval:
    return IngestInterval.objects.create(
        connection=uuid.uuid4(),
        app=world.app,
        source=world.source,
        livestream=livestream(world, stream_key),
        connection_id=connection_id,
        stream_key=stream_key,
        started_ms=NOW,
        last_ms=NOW,
        **fields,
    )


def broadcast(world: World, stream_key: str = "news", **fields: int) -> LivestreamSession:
    return LivestreamSession.objects.create(
        app=world.app, livestream=livestream(world, stream_key), **{"started_ms": NOW, **fields}
    )


def test_it_lists_past_viewings_by_their_end(worlds: Worlds, root: Client) -> None:
    past(worlds.north, "older", ended_ms=NOW - 9 * 86_400_000)
    past(worlds.north, "newer")
    assert names(root, url=PAST) == ["newer", "older"]


@pytest.mark.parametrize("term", ["v_on", "only-here"])
def test_it_finds_past_viewings(worlds: Worlds, root: Client, term: str) -> None:
    past(worlds.north, "v_one", stream_key="only-here")
    past(worlds.north, "w")
    assert names(root, f"?q={term}", PAST) == ["v_one"]


def test_it_finds_all_runs_of_a_connection(worlds: Worlds, root: Client) -> None:
    row = past(worlds.north, "v")
    assert names(root, f"?q={row.connection.hex}", PAST) == ["v"]


def test_it_points_to_live_sessions_of_a_search(worlds: Worlds, root: Client) -> None:
    live(worlds.north, "v_here")
    page = root.get(f"{PAST}?q=v_here").content.decode()
    assert 'href="/admin/viewers/viewersession/?q=v_here"' in page
    assert "1 live session matches" in page


def test_it_filters_past_viewings(worlds: Worlds, root: Client) -> None:
    past(worlds.north, "v", stream_key="a", country="DE", reason="stop", health=90)
    past(worlds.north, "w", stream_key="b", country="FR", reason="cut", health=10)
    for query in ("stream=a", "country=DE", "reason=stop", "health=good"):
        assert names(root, f"?{query}", PAST) == ["v"]
    assert names(root, "?period=hour", PAST) == []
    assert names(root, "?period=aeon", PAST) == []


def test_it_tells_all_of_one_past_viewing(worlds: Worlds, root: Client) -> None:
    row = past(worlds.north, "v_1", started_ms=NOW - 90_061_000, **MUNICH)
    page = root.get(f"{PAST}{row.pk}/change/").content.decode()
    for told in (
        "v_1",
        "25:01:01",
        "fell silent",
        "2026-02-02 02:40:00",
        "Munich, Bavaria",
        row.connection.hex,
    ):
        assert told in page, told


@pytest.mark.parametrize("url", [PAST, INGEST, SESSIONS, STREAMS])
def test_it_shows_staff_the_history_of_their_own_accounts_only(
    worlds: Worlds, staff: Client, url: str
) -> None:
    for world, name in ((worlds.north, "ours"), (worlds.south, "theirs")):
        past(world, name, stream_key=name)
        publisher(world, name, name)
        broadcast(world, name)
    page = staff.get(url).content.decode()
    assert "ours" in page
    assert "theirs" not in page


@pytest.mark.parametrize("url", [PAST, INGEST, SESSIONS, STREAMS])
@pytest.mark.parametrize("term", ["%00", "x" * 200, "zzz", "%25", str(uuid.UUID(int=5))])
def test_it_answers_senseless_searches_of_history(worlds: Worlds, root: Client, url: str, term: str) -> None:
    assert root.get(f"{url}?q={term}&stream=%00&p=77").status_code in {200, 400}


@pytest.mark.parametrize("url", [PAST, INGEST, SESSIONS])
def test_it_lets_nobody_change_history(worlds: Worlds, root: Client, url: str) -> None:
    row = {
        PAST: past(worlds.north, "v"),
        INGEST: publisher(worlds.north, "p"),
        SESSIONS: broadcast(worlds.north),
    }
    assert root.get(f"{url}add/").status_code == 403
    assert root.post(f"{url}{row[url].pk}/delete/").status_code == 403
    assert root.post(f"{url}{row[url].pk}/change/", {}).status_code == 403


def test_it_finds_publishers_by_stream_and_connection(worlds: Worlds, root: Client) -> None:
    publisher(worlds.north, "obs-1", "sports")
    publisher(worlds.north, "obs-2", "news")
    assert names(root, "?q=sports", INGEST) == names(root, "?q=obs-1", INGEST) == ["obs-1"]
    assert names(root, "?stream=sports", INGEST) == ["obs-1"]


def test_it_tells_open_from_ended(worlds: Worlds, root: Client) -> None:
    publisher(worlds.north, "on")
    publisher(worlds.north, "off", ended_ms=NOW)
    assert names(root, "?state=open", INGEST) == ["on"]
    assert names(root, "?state=over", INGEST) == ["off"]


def test_it_shows_a_livestream_with_its_sessions(worlds: Worlds, root: Client) -> None:
    session = broadcast(worlds.north, started_ms=NOW - 3_600_000, ended_ms=NOW)
    page = root.get(f"{STREAMS}{session.livestream_id}/change/").content.decode()
    assert f'href="{SESSIONS}{session.pk}/change/"' in page
    assert "1:00:00" in page


def test_it_shows_how_each_session_was_watched(worlds: Worlds, root: Client) -> None:
    tell(
        worlds.north.source,
        published("camera", START, START + HOUR, "show"),
        watched("a", START, START + 30 * MINUTE, "show"),
        watched("b", START + 20 * MINUTE, START + 60 * MINUTE, "show"),
    )
    stream = Livestream.objects.get(stream_key="show")
    page = root.get(f"{STREAMS}{stream.pk}/change/").content.decode()
    assert re.findall(r'<td class="figure">([^<]*)', page) == ["2", "2", "1:10:00"]


def test_it_lets_a_livestream_be_named_and_nothing_else(worlds: Worlds, root: Client) -> None:
    stream = livestream(worlds.north, "news")
    root.post(f"{STREAMS}{stream.pk}/change/", {"name": "The news", "stream_key": "other"})
    stream.refresh_from_db()
    assert (stream.name, stream.stream_key) == ("The news", "news")


def test_it_needs_a_permission_to_name_a_livestream(worlds: Worlds, staff: Client) -> None:
    stream = livestream(worlds.north, "news")
    assert staff.post(f"{STREAMS}{stream.pk}/change/", {"name": "Mine"}).status_code == 403
    assert Livestream.objects.get().name == ""


def test_it_shows_the_worker_to_who_is_permitted(worlds: Worlds, root: Client, staff: Client) -> None:
    WorkerState.objects.create(
        name="worker", started_ms=NOW, ticked_ms=NOW, resumed_ms=NOW, snapshot_ms=NOW, snapshot_build_ms=640
    )
    for url in ("/admin/ingest/workerstate/", "/admin/ingest/workerstate/worker/change/"):
        assert "built in 640 ms" in root.get(url).content.decode()
        assert staff.get(url).status_code == 403


def test_it_shows_the_index_to_staff(worlds: Worlds, staff: Client) -> None:
    page = staff.get("/admin/").content.decode()
    assert "Turnout admin" in page
    assert "/admin/viewers/viewersession/" in page
