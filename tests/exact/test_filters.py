"""What passes filters is what a look at every live row finds, at every moment, through the whole way: events,
change feed, replica, file, view.
"""

import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from django.db import connection

from ingest.events import Event
from ingest.record import record
from ingest.sweep import sweep
from tests.exact import world
from tests.exact.world import SECOND, ZERO
from viewers.api.answers import country_only
from viewers.geolocation import places
from viewers.geolocation.addresses import is_public, parse
from viewers.models import ViewerSession
from viewers.snapshot import Filters, Snapshot, write
from viewers.snapshot.facets import facets, streams
from viewers.snapshot.follower import Follower
from viewers.snapshot.profiles import Health
from viewers.snapshot.snapshot_file import read

WHEREABOUTS = [
    *({"ip": "81.2.69.142"}, {"ip": "10.0.0.7"}, {"ip": "100.64.3.2"}, {"ip": "2001:db8::1"}, {"ip": None}),
    *({"position": (53.0, 18.6)}, {"position": (-18.1, 178.4)}, {"ip": "2a02:ff80::1"}, {"ip": "::1"}),
    *({"ip": "83.9.1.1"}, {"ip": "83.9.1.2"}, {"ip": "83.9.1.3"}),
]
STREAMS, PROTOCOLS, PLAYERS = ("s0", "s1", "s2"), ("hls", "webrtc", ""), ("VLC", "a\tb \U0001f3a5", "")
HEALTHS: list[Health | None] = ["good", "fair", "poor", "none", None]


PLACES = {
    "81.2.69.142": places.Place(51.5, -0.1, 5, "GB", "", "London", 77),
    # Of the first no more than the country is known; the second is in a town where others only seem to be.
    "83.9.1.1": places.Place(52.0, 20.0, None, "PL", "", "", 78),
    "83.9.1.2": places.Place(53.0, 21.0, 300, "PL", "", "", 79),
    "83.9.1.3": places.Place(53.0, 21.0, None, "PL", "", "Town", 79),
}


def located(ips: Iterable[str | None]) -> list[places.Place | None]:
    """A place for some of the public addresses, without a data file."""
    return [None if ip is None else PLACES.get(ip) for ip in ips]


def event(draw: random.Random, at: int) -> Event:
    return Event(
        type=draw.choice(["view.start", "view.update", "view.update", "view.update", "view.stop"]),
        connection_id=f"v{draw.randrange(25)}",
        stream_key=draw.choice(STREAMS),
        at=at,
        protocol=draw.choice(PROTOCOLS),
        player=draw.choice(PLAYERS),
        out_bandwidth=draw.choice([None, 0, 100, 10**12]),
        health_score=draw.choice([None, 0, 49, 50, 79, 80, 100]),
        **draw.choice(WHEREABOUTS),  # type: ignore[arg-type]
    )


def every_filter() -> Iterator[Filters]:
    for one in product((None, "s0", "gone"), (None, "GB", "", "PL"), (None, "hls", ""), (None, "VLC", "x")):
        for health in HEALTHS:
            yield Filters(*one, health)


def health_of(row: ViewerSession) -> Health:
    if row.health is None:
        return "none"
    return "good" if row.health >= 80 else "fair" if row.health >= 50 else "poor"


def reason_of(row: ViewerSession) -> str:
    if row.place_code is not None:
        return "country" if country_only(row) else ""
    address = parse(row.ip)
    if address is None:
        return "none"
    return "unknown" if is_public(address) else "private"


def passes(row: ViewerSession, filters: Filters) -> bool:
    pairs = (
        (filters.stream_key, row.stream_key),
        (filters.country, row.country),
        (filters.protocol, row.protocol),
        (filters.player, row.player),
        (filters.health, health_of(row)),
    )
    return all(wanted is None or wanted == found for wanted, found in pairs)


def assert_exact(live: Snapshot, app_ids: list[int], rows: list[ViewerSession], filters: Filters) -> None:
    view, found = live.view(app_ids, filters), [row for row in rows if passes(row, filters)]
    assert view.totals == (
        sum(row.place_code is not None for row in found),
        sum(row.place_code is None for row in found),
        sum(row.bandwidth or 0 for row in found),
        sum(row.health or 0 for row in found),
        sum(row.health is not None for row in found),
    )
    by_place = dict(
        zip(view.places.codes.tolist(), np.diff(view.places.count.astype(int)).tolist(), strict=True)
    )
    assert by_place == Counter(row.place_code for row in found if row.place_code is not None)
    assert dict(view.top_streams(np.array([(0, len(view.places))]))) == Counter(
        row.stream_key for row in found if row.place_code is not None
    )
    by_stream = Counter(row.stream_key for row in found)
    assert {key: totals.viewers for key, totals in view.streams()} == by_stream


def assert_facets(live: Snapshot, app_ids: list[int], rows: list[ViewerSession], filters: Filters) -> None:
    found = facets(live, app_ids, filters)
    passing = [row for row in rows if passes(row, filters)]
    assert found.totals.viewers == len(passing)
    assert found.streams == len({row.stream_key for row in passing})
    assert found.reasons == Counter(map(reason_of, passing))
    for name in ("country", "protocol", "player"):
        others = Counter(getattr(row, name) for row in rows if passes(row, filters.without(name)))
        assert dict(found.profiles[name]) == others
        assert [n for _, n in found.profiles[name]] == sorted(others.values(), reverse=True)
    at_place: dict[int, set[str]] = {}
    for row in rows:
        if row.place_code is not None:
            at_place.setdefault(row.place_code, set()).add(reason_of(row))
    standing = live.view(app_ids).audience.country_only.tolist()
    assert standing == sorted(code for code, reasons in at_place.items() if reasons == {"country"})
    if filters.stream_key is None:
        assert len(found.country_only) == len(standing)
    of_health = Counter(health_of(row) for row in rows if passes(row, filters.without("health")))
    assert {name: n for name, n in found.healths.items() if n} == of_health
    listed = streams(live, app_ids, filters, None, 10)
    assert {key: totals.viewers for key, totals in listed} == Counter(
        row.stream_key for row in rows if passes(row, filters.without("stream_key"))
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(4))
def test_it_passes_what_a_look_at_every_row_finds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "locate_each", located)
    draw = random.Random(seed)
    sources = [world.source(name="a"), world.source(name="b", counts_viewers=False)]
    app_ids = [sources[0].app_id]
    follower, now = Follower(), ZERO
    for _ in range(25):
        now += draw.choice([1, 20, 40]) * SECOND
        for _ in range(draw.randrange(1, 4)):
            record([event(draw, now) for _ in range(draw.randrange(1, 12))], draw.choice(sources), now)
        if draw.random() < 0.2:
            sweep(now, 0)
        if draw.random() < 0.2:
            follower.correct(connection)
        with tempfile.TemporaryDirectory() as directory:
            live = read(write(follower.snapshot(connection, now), Path(directory)))
        rows = list(ViewerSession.objects.filter(counted=True))
        for filters in draw.sample(list(every_filter()), 20):
            assert_exact(live, app_ids, rows, filters)
            assert_facets(live, app_ids, rows, filters)
