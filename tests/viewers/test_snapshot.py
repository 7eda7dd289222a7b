"""The live snapshot: what the database holds, what a file keeps of it, what is read from it."""

import stat
import threading
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from viewers.clustering import mercator
from viewers.clustering.clusters import Box, Places, in_view
from viewers.models import ViewerSession
from viewers.sessions.change_feed import PROFILE
from viewers.snapshot import Filters, Snapshot, build, current, live_rows, snapshot_file, write
from viewers.snapshot.audience import Audience
from viewers.snapshot.counts import UNLOCATED, Rows
from viewers.snapshot.profiles import Profile, ProfileNumbers
from viewers.snapshot.top_streams import top_of_each
from viewers.snapshot.view import Selection

NOW = 1_770_283_311_253
# Stream number, place code or none, profile number, viewers, bandwidth, health, known.
Row = tuple[int, int, int, int, int, int, int]
PROFILES = ProfileNumbers(str(Profile(country=country)) for country in ("PL", "FJ", "")).profiles()
TORUN = mercator.place_code(53.0176, 18.6202)
SUVA = mercator.place_code(-18.1416, 178.4419)


def audience_of(keys: list[str], rows: list[Row]) -> Audience:
    return Audience.from_rows(keys, PROFILES, Rows(*np.array(rows, dtype=np.int64).reshape(-1, 7).T))


def of_stream(audience: Audience, number: int) -> Selection:
    return Selection(audience, Filters(stream_key=audience.stream_keys[number]), number)


def snapshot_of(*audiences: Audience, taken_ms: int = NOW) -> Snapshot:
    return Snapshot(taken_ms, 12, dict(enumerate(audiences, start=1)))


def described(places: Places) -> list[tuple[int, ...]]:
    sums = (places.count, places.x, places.y, places.bandwidth, places.health, places.known)
    columns = [places.codes, *map(np.diff, sums)]
    return list(zip(*(column.tolist() for column in columns), strict=True))


rows_strategy = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.one_of(st.just(UNLOCATED), st.integers(0, 40).map(lambda n: n * 10**13 % (1 << 52))),
        st.integers(0, 2),
        st.integers(1, 50),
        st.integers(0, 10**12),
        st.integers(0, 5000),
        st.integers(0, 50),
    ),
    max_size=60,
)
KEYS = [f"stream {number}" for number in range(8)]


def two_streams() -> Audience:
    return audience_of(
        ["news", "music"],
        [
            (0, TORUN, 0, 3, 300, 240, 3),
            (1, TORUN, 0, 4, 400, 0, 0),
            (1, SUVA, 1, 1, 50, 90, 1),
            (0, UNLOCATED, 2, 2, 20, 100, 2),
        ],
    )


def test_it_keeps_located_and_unlocated_viewers_apart() -> None:
    view = snapshot_of(two_streams()).view([1])
    assert view.places.total == view.totals.located == 8
    assert view.totals.unlocated == 2
    assert view.totals.viewers == 10
    assert view.totals.bandwidth == 770
    assert view.totals.mean_health == round(430 / 6)


def test_it_lists_the_most_watched_streams_first() -> None:
    streams = snapshot_of(two_streams()).view([1]).streams()
    assert [(stream.stream_key, stream.totals.viewers) for stream in streams] == [("music", 5), ("news", 5)]
    assert streams[1].totals == (3, 2, 320, 340, 5)


def test_it_narrows_to_one_stream() -> None:
    view = snapshot_of(two_streams()).view([1], Filters("music"))
    assert described(view.places)[0][:2] == (min(TORUN, SUVA), 1 if SUVA < TORUN else 4)
    assert view.totals == (5, 0, 450, 90, 1)
    (marker,) = in_view(view.places, Box(40, 0, 60, 40), 6)
    assert view.top_streams(marker.spans) == [("music", 4)]


def test_it_is_empty_for_apps_and_streams_without_viewers() -> None:
    snapshot = snapshot_of(two_streams())
    for view in (snapshot.view([]), snapshot.view([99]), snapshot.view([1], Filters("unknown"))):
        assert view.totals == (0, 0, 0, 0, 0)
        assert view.totals.mean_health is None
        assert in_view(view.places, Box.world(), 3) == []
        assert view.streams() == []


def test_it_tells_the_top_streams_of_a_marker() -> None:
    view = snapshot_of(two_streams()).view([1])
    (marker,) = in_view(view.places, Box(40, 0, 60, 40), 6)
    assert view.top_streams(marker.spans) == [("music", 4), ("news", 3)]
    assert view.top_streams(marker.spans, 1) == [("music", 4)]


@pytest.mark.parametrize("streams", [3, 400, 3000])
@pytest.mark.parametrize("skew", [0.0, 1.2])
def test_it_counts_the_top_streams_of_a_crowd_exactly(streams: int, skew: float) -> None:
    random = np.random.default_rng(streams)
    weights = 1 / np.arange(1, streams + 1) ** skew
    stream = random.choice(streams, 60_000, p=weights / weights.sum())
    code = random.integers(0, 1 << 20, 60_000) << 32
    viewers = random.integers(1, 4, 60_000)
    keys = [f"{number:05}" for number in range(streams)]
    audience = Audience.from_rows(keys, PROFILES, Rows(stream, code, 0 * code, *[viewers] * 4))
    places = len(audience.places)
    for spans in ([(0, places)], [(10, places // 2), (places // 2 + 7, places - 5)], [(5, 40)]):
        expected: Counter[str] = Counter()
        inside = np.zeros(60_000, dtype=bool)
        for first, last in spans:
            inside |= (code >= audience.places.codes[first]) & (code <= audience.places.codes[last - 1])
        for number, count in zip(stream[inside].tolist(), viewers[inside].tolist(), strict=True):
            expected[keys[number]] += count
        found = audience.top_streams(np.array(spans))
        assert [count for _, count in found] == [count for _, count in expected.most_common(5)]
        assert all(expected[key] == count for key, count in found)


@given(
    st.sampled_from([1, 5]).flatmap(
        lambda most: st.lists(st.tuples(st.integers(0, 199), st.integers(1, most)), min_size=1, max_size=400)
    ),
    st.lists(st.lists(st.integers(0, 400), max_size=6), max_size=6),
    st.sampled_from([1, 3, 200, 5000]),
)
@settings(max_examples=60, deadline=None)
def test_it_tells_the_top_streams_of_many_markers_at_once(
    rows: list[tuple[int, int]], edges: list[list[int]], number: int
) -> None:
    streams = np.array([stream % number for stream, _ in rows], dtype=np.uint16)
    viewers = np.array([count for _, count in rows], dtype=np.uint8)
    sets = []
    expected = []
    for of_set in edges:
        inside = sorted(min(edge, len(rows)) for edge in of_set)
        ranges = list(zip(inside[::2], inside[1::2], strict=False))
        sets.append(np.array(ranges, dtype=np.uint32).reshape(-1, 2))
        counted: Counter[int] = Counter()
        for first, last in ranges:
            for row in range(first, last):
                counted[int(streams[row])] += int(viewers[row])
        expected.append(sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:5])
    assert top_of_each(streams, viewers, sets, number, 5) == expected


def test_it_adds_up_more_than_floats_hold() -> None:
    most = 2**53 + 1
    audience = audience_of(
        KEYS, [(0, TORUN, 0, 1, most, 0, 0), (0, SUVA, 0, 1, 2, 0, 0), (1, SUVA, 0, 1, 1, 0, 0)]
    )
    assert snapshot_of(audience).view([1], Filters(KEYS[0])).totals.bandwidth == most + 2
    assert int(of_stream(audience, 0).places.bandwidth[-1]) == most + 2
    assert int(audience.places.bandwidth[-1]) == most + 3


@given(rows_strategy)
@settings(max_examples=60, deadline=None)
def test_it_adds_up_what_it_was_given(rows: list[Row]) -> None:
    audience = audience_of(KEYS, rows)
    by_place: Counter[int] = Counter()
    for _, code, _, viewers, *_ in rows:
        by_place[code] += viewers
    away = by_place.pop(UNLOCATED, 0)
    assert {row[0]: row[1] for row in described(audience.places)} == by_place
    assert audience.total == (
        sum(by_place.values()),
        away,
        *(sum(row[column] for row in rows) for column in (4, 5, 6)),
    )
    for number, key in enumerate(audience.stream_keys):
        mine = [row for row in rows if KEYS[row[0]] == key]
        located = [(row[1], *row[3:]) for row in mine if row[1] != UNLOCATED]
        alone = Places.from_rows(*np.array(located, dtype=np.int64).reshape(-1, 5).T)
        assert described(of_stream(audience, number).places) == described(alone)
        assert audience.totals[number].tolist()[2:] == [sum(row[c] for row in mine) for c in (4, 5, 6)]


@given(rows_strategy, rows_strategy)
@settings(max_examples=60, deadline=None)
def test_it_shows_several_apps_as_if_they_were_one(first: list[Row], second: list[Row]) -> None:
    apart = snapshot_of(audience_of(KEYS, first), audience_of(KEYS, second)).view([1, 2])
    together = snapshot_of(audience_of(KEYS, first + second)).view([1])
    assert described(apart.places) == described(together.places)
    assert apart.totals == together.totals
    assert apart.streams() == together.streams()
    for key in KEYS:
        assert in_view(apart.places, Box.world(), 2) == in_view(together.places, Box.world(), 2)
        assert apart.audience.stream_numbers.get(key) == together.audience.stream_numbers.get(key)


def test_it_clusters_each_stream_as_if_it_were_alone() -> None:
    # Every stream at every place: the neighbours of a stream's rows are another stream's same places.
    codes = [mercator.place_code(10 + n % 3, n * 7) for n in range(20)]
    rows = [(stream, code, 0, 1 + stream, 10, 80, 1) for stream in range(3) for code in codes]
    audience = audience_of(KEYS, rows)
    for number in range(3):
        alone = audience_of(KEYS, [row for row in rows if KEYS[row[0]] == audience.stream_keys[number]])
        for zoom in (0, 3, 12):
            found = in_view(of_stream(audience, number).places, Box(0, -20, 30, 150), zoom)
            assert found == in_view(alone.places, Box(0, -20, 30, 150), zoom)


def test_it_merges_the_apps_of_an_account_once() -> None:
    snapshot = snapshot_of(two_streams(), two_streams())
    found: list[Places] = []
    threads = [threading.Thread(target=lambda: found.append(snapshot.view([2, 1]).places)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(places) for places in found}) == 1


def everything(audience: Audience) -> list[Any]:
    of_streams = [
        described(of_stream(audience, number).places) for number in range(len(audience.stream_keys))
    ]
    whole = np.array([(0, len(audience.places))])
    return [
        audience.stream_keys,
        audience.totals.tolist(),
        described(audience.places),
        audience.places.levels.tolist(),
        of_streams,
        audience.top_streams(whole) if len(audience.places) else [],
        in_view(audience.places, Box.world(), 2),
    ]


@given(st.lists(rows_strategy, max_size=3))
@settings(max_examples=40, deadline=None)
def test_it_reads_what_it_wrote(tmp_path_factory: pytest.TempPathFactory, apps: list[list[Row]]) -> None:
    written = snapshot_of(*(audience_of([*KEYS[:-1], "ключ 🎥"], rows) for rows in apps))
    found = snapshot_file.read(write(written, tmp_path_factory.mktemp("published")))
    assert (found.taken_ms, found.build_ms) == (NOW, 12)
    assert list(found.audiences) == list(written.audiences)
    for app_id, audience in written.audiences.items():
        assert everything(found.audiences[app_id]) == everything(audience)


def test_it_keeps_the_file_to_its_owner(tmp_path: Path) -> None:
    path = write(snapshot_of(two_streams()), tmp_path / "live")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_it_says_nothing_before_the_first_is_published(tmp_path: Path) -> None:
    assert current(tmp_path / "nothing") is None


def test_it_maps_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_file, "RECHECK", 0)
    write(snapshot_of(two_streams()), tmp_path)
    old = current(tmp_path)
    assert old is current(tmp_path)
    write(snapshot_of(taken_ms=NOW + 1), tmp_path)
    new = current(tmp_path)
    assert old is not None
    assert new is not None
    assert (new.taken_ms, new.view([1]).totals.viewers) == (NOW + 1, 0)
    # Whoever still holds the old one reads it to the end.
    assert old.view([1]).totals.viewers == 10


def test_it_looks_for_a_newer_one_only_a_few_times_a_second(tmp_path: Path) -> None:
    write(snapshot_of(two_streams()), tmp_path)
    first = current(tmp_path)
    write(snapshot_of(taken_ms=NOW + 1), tmp_path)
    assert current(tmp_path) is first


@pytest.mark.parametrize("damage", ["empty", "cut", "other version", "other file", "counts too large"])
def test_it_passes_over_a_file_that_cannot_be_used(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(snapshot_file, "RECHECK", 0)
    path = write(snapshot_of(two_streams()), tmp_path)
    good = current(tmp_path)
    data = bytearray(path.read_bytes())
    damaged = {
        "empty": b"",
        "cut": data[:-8],
        "other version": data[:8] + b"\xff\xff" + data[10:],
        "other file": b"<html>" * 100,
        "counts too large": data[: snapshot_file.HEADER.size + 16] + b"\xff" * 7 + data[63:],
    }[damage]
    replacement = tmp_path / "replacement"
    replacement.write_bytes(bytes(damaged))
    replacement.replace(path)
    assert current(tmp_path) is good
    assert current(tmp_path) is good
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def session(app_id: int, stream_key: str, code: int | None, **values: Any) -> ViewerSession:
    name = uuid.uuid4()
    return ViewerSession(
        id=name,
        app_id=app_id,
        source_id=1,
        connection_id=name.hex,
        stream_key=stream_key,
        started_ms=NOW,
        last_ms=NOW,
        place_code=code,
        **values,
    )


@pytest.mark.django_db
def test_it_is_built_from_the_live_table() -> None:
    ViewerSession.objects.bulk_create(
        [
            session(7, "news", TORUN, bandwidth=100, health=80),
            session(7, "news", TORUN, bandwidth=None, health=None),
            session(7, "music", TORUN, bandwidth=10, health=0),
            session(7, "music", None, bandwidth=5, health=60),
            session(7, "music", SUVA, bandwidth=1, health=100, counted=False),
            session(8, "news", SUVA, bandwidth=2**62, health=50),
            session(8, "news", SUVA, bandwidth=2**62, health=51),
        ]
    )
    snapshot = build(connection, NOW)
    assert snapshot.taken_ms == NOW
    view = snapshot.view([7])
    assert view.totals == (3, 1, 115, 140, 3)
    assert [(row[0], row[1]) for row in described(view.places)] == [(TORUN, 3)]
    assert view.top_streams(np.array([(0, 1)])) == [("news", 2), ("music", 1)]
    # No number that a client sends breaks the sum.
    assert snapshot.view([8]).totals == (2, 0, 2 * 10**12, 101, 2)
    assert snapshot.view([7, 8], Filters("news")).totals.located == 4


@pytest.mark.django_db
def test_it_is_built_from_an_empty_table() -> None:
    assert build(connection, NOW).view([7]).totals.viewers == 0


@pytest.mark.django_db
def test_it_tells_profiles_of_one_hash_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = "hashtextextended(profile, %(seed)s)"
    assert hashed in live_rows.WHOLE
    of_rows = f"hashtextextended({PROFILE}, %(seed)s)"
    assert of_rows in live_rows.WHOLE
    statement = live_rows.WHOLE
    for each in (hashed, of_rows):
        statement = statement.replace(each, f"(CASE WHEN %(seed)s = 0 THEN 1 ELSE {each} END)")
    monkeypatch.setattr(live_rows, "WHOLE", statement)
    rows = [session(7, "news", TORUN, player=player) for player in ("VLC", "mpv", "mpv")]
    ViewerSession.objects.bulk_create(rows)
    live = build(connection, NOW)
    assert [live.view([7], Filters(player=name)).totals.viewers for name in ("VLC", "mpv")] == [1, 2]


@pytest.mark.django_db
def test_it_tells_streams_of_one_hash_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = "hashtextextended(stream_key, app_id + %(seed)s)"
    assert hashed in live_rows.WHOLE
    colliding = f"(CASE WHEN %(seed)s = 0 THEN 1 ELSE {hashed} END)"
    monkeypatch.setattr(live_rows, "WHOLE", live_rows.WHOLE.replace(hashed, colliding))
    ViewerSession.objects.bulk_create([session(7, "news", TORUN), session(7, "music", TORUN)])
    assert [stream.stream_key for stream in build(connection, NOW).view([7]).streams()] == ["music", "news"]
