"""Who passes filters, of whatever audience: nobody else, and nobody twice."""

from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from viewers.clustering.clusters import Box, Places, in_view
from viewers.geolocation.addresses import is_public, not_public, parse
from viewers.snapshot import Filters, Snapshot
from viewers.snapshot import snapshot as module
from viewers.snapshot.audience import Audience
from viewers.snapshot.counts import UNLOCATED, Rows
from viewers.snapshot.facets import facets, streams
from viewers.snapshot.profiles import HEALTHS, RANGES, Health, Profile, ProfileNumbers

NOW = 1_770_283_311_253
STREAMS = ["news", "музыка", "a/b"]
PROFILES = [
    Profile(reason, country, protocol, player)
    for reason in ("", "private")
    for country in ("PL", "")
    for protocol in ("hls", "")
    for player in ("VLC", "tab\there", "")
]


class Row(NamedTuple):
    stream: int
    code: int
    profile: int
    viewers: int
    bandwidth: int
    mean: int | None


rows = st.lists(
    st.builds(
        Row,
        st.integers(0, 2),
        st.one_of(st.just(UNLOCATED), st.integers(0, 12).map(lambda n: n * 10**13 % (1 << 52))),
        st.integers(0, len(PROFILES) - 1),
        st.integers(1, 3),
        st.integers(0, 10**12),
        st.one_of(st.none(), st.sampled_from([0, 49, 50, 79, 80, 100])),
    ),
    max_size=40,
)
wanted = st.builds(
    Filters,
    st.sampled_from([None, None, *STREAMS, "gone"]),
    st.sampled_from([None, "PL", "", "FJ"]),
    st.sampled_from([None, "hls", ""]),
    st.sampled_from([None, "VLC", "tab\there", ""]),
    st.sampled_from([None, None, *HEALTHS]),
)


def audience_of(found: list[Row]) -> Audience:
    columns = [
        (row.stream, row.code, row.profile, row.viewers, row.bandwidth)
        + ((row.mean * row.viewers, row.viewers) if row.mean is not None else (0, 0))
        for row in found
    ]
    numbers = ProfileNumbers(map(str, PROFILES))
    return Audience.from_rows(
        STREAMS, numbers.profiles(), Rows(*np.array(columns, dtype=np.int64).reshape(-1, 7).T)
    )


def health_of(row: Row) -> Health:
    mean = row.mean
    if mean is None:
        return "none"
    return next(health for health, (least, most) in RANGES.items() if least <= mean <= most)


def passes(row: Row, filters: Filters) -> bool:
    profile = PROFILES[row.profile]
    found = (STREAMS[row.stream], profile.country, profile.protocol, profile.player, health_of(row))
    asked = (filters.stream_key, filters.country, filters.protocol, filters.player, filters.health)
    return all(one is None or one == other for one, other in zip(asked, found, strict=True))


def described(places: Places) -> dict[int, tuple[int, ...]]:
    sums = (places.count, places.bandwidth, places.health, places.known)
    columns = (np.diff(column.astype(np.int64)).tolist() for column in sums)
    return dict(zip(places.codes.tolist(), zip(*columns, strict=True), strict=True))


def counted(found: list[Row], name: str, filters: Filters) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in found:
        if passes(row, filters):
            sums[getattr(PROFILES[row.profile], name)] += row.viewers
    return sums


@given(st.lists(rows, min_size=1, max_size=3), wanted)
@settings(max_examples=150, deadline=None)
def test_it_shows_who_passes_as_if_they_were_alone(apps: list[list[Row]], filters: Filters) -> None:
    live = Snapshot(NOW, 0, dict(enumerate(map(audience_of, apps))))
    everybody = [row for app in apps for row in app]
    passing = [row for row in everybody if passes(row, filters)]
    alone = audience_of(passing)
    view = live.view(range(len(apps)), filters)
    assert view.totals == alone.total
    assert described(view.places) == described(alone.places)
    assert in_view(view.places, Box.world(), 3) == in_view(alone.places, Box.world(), 3)
    whole = np.array([(0, len(alone.places))])
    assert sorted(view.top_streams(whole)) == sorted(alone.top_streams(whole))
    found = facets(live, range(len(apps)), filters)
    assert found.streams == len(alone.stream_keys)
    for name in ("country", "protocol", "player"):
        assert dict(found.profiles[name]) == counted(everybody, name, filters.without(name))
    assert found.reasons == counted(everybody, "reason", filters)
    for health in HEALTHS:
        others = [
            row for row in everybody if passes(row, filters.without("health")) and health_of(row) == health
        ]
        assert found.healths[health] == sum(row.viewers for row in others)
    listed = streams(live, range(len(apps)), filters, None, 10)
    of_streams = audience_of([row for row in everybody if passes(row, filters.without("stream_key"))])
    assert {key: tuple(totals) for key, totals in listed} == {
        key: tuple(totals)
        for key, totals in zip(of_streams.stream_keys, of_streams.totals.tolist(), strict=True)
    }


def test_it_remembers_few_selections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED_ROWS", 25)
    found = [Row(n % 3, 10**13, n % len(PROFILES), 1, 1, 90) for n in range(24)]
    live = Snapshot(NOW, 0, {1: audience_of(found)})
    country, player = Filters(country="PL"), Filters(player="VLC")
    first = live.view([1], country)
    assert live.view([1], country) is first
    live.view([1], player)
    assert live.view([1], country) is first
    # With all rows there is room for no other.
    everyone = live.view([1], Filters(health="good"))
    assert live.view([1], Filters(health="good")) is everyone
    assert live.view([1], country) is not first


def test_no_app_holds_names_of_anothers_profiles() -> None:
    numbers = ProfileNumbers([str(Profile(player="theirs")), str(Profile(player="ours"))])
    one = np.ones(1, dtype=np.int64)
    audience = Audience.from_rows(["s"], numbers.profiles(), Rows(0 * one, one, one, *[one] * 4))
    assert audience.profiles.values == ["", "ours"]


ADDRESSES = st.one_of(
    st.ip_addresses(),
    st.integers(0, 2**32 - 1).map(lambda n: f"{n >> 24}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"),
    st.sampled_from(
        [
            *("10.0.0.1", "100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0", "127.0.0.1"),
            *("172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", "223.255.255.255", "224.0.0.0"),
            *("::1", "fe80::1", "fc00::1", "2001:db8::1", "2001:200::1", "2001:1ff::1", "2a02::1", "4000::1"),
        ]
    ),
).map(str)


@pytest.mark.django_db
@given(st.lists(ADDRESSES, min_size=1, max_size=50))
@settings(max_examples=20, deadline=None)
def test_the_database_tells_private_addresses_as_we_do(addresses: list[str]) -> None:
    parsed = [parse(address) for address in addresses]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {not_public('ip')} FROM unnest(%s::inet[]) WITH ORDINALITY AS t (ip, n) ORDER BY n",
            [[str(address) for address in parsed]],
        )
        answers = [row[0] for row in cursor.fetchall()]
    assert answers == [address is not None and not is_public(address) for address in parsed]
