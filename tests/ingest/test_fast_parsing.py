"""The fast way to read a body and the careful one: the same events, or the same words."""

import json
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest.adapters.typed import printable_event, typed_event
from ingest.bodies import JSON_TYPE, NDJSON_TYPE, BodyError
from ingest.parsing import Batch, parse_body, parse_plain
from tests.ingest.test_rest_parsing import (
    ADDRESSES,
    ANYTHING,
    BAD_BODIES,
    BAD_VALUES,
    GOOD,
    TIMES,
    event,
)

GOOD_VALUES: dict[str, list[Any]] = {
    "type": ["view.start", "view.update", "view.stop", "publish.start", "publish.update", "publish.stop"],
    "connectionId": [
        "v_1",
        "x" * 128,
        "😀" * 128,
        "ライブ",
        "a/b\\c\"d'e",
        "\u00a0",
        "\u200d",
        "\ufffe",
        "\u0085",
    ],
    "streamKey": ["s", "👩‍👩‍👧", "É" * 128],
    "at": [0, -0.0, 1770283311253, 1770283311253.5, 2**53, 2**53 + 1, 2**64, *(given for given, _ in TIMES)],
    "since": [0, 1, 1.5, 1770283300000, "2026-02-05T09:21:40Z", "2026-02-05T09:21:40"],
    "ip": [given for given, _ in ADDRESSES],
    "position": [[53.0176, 18.6202], [53, 18], [-90, 180], [90.0, -180.0], [-0.0, 0], [1e-320, 5e-324]],
    "userAgent": ["Player/1", "x" * 5000, "x" * 255 + "\n", "x" * 256 + "\n", "İ" * 300, ""],
    "player": ["VLC", "hls.js 1.5", "x" * 64, "É" * 64, "😀", "\u00a0", "\u200d", ""],
    "protocol": ["hls", "HLS", "LL-HLS", "İ" * 8, "İ" * 9, "x" * 16, ""],
    "outBandwidth": [0, 447669, 447669.5, 2**40, 2**40 + 0.4, 2**40 + 1, -0.4, -0.6],
    "bytesOut": [0, 2**53, 2**53 + 1, 0.5, 1.5, 1e15, 1e16],
    "healthScore": [0, 88, 87.5, 88.5, 100, 100.4, 100.6, 1e2],
    "epoch": ["e", "x" * 64, "é"],
    "reason": ["closed", "x" * 64],
}
KEYS = [*GOOD_VALUES, "title", "x", "\u007f", "connection_id"]
NO_JSON = (float("inf"), float("-inf"), float("nan"))

values = st.one_of(
    st.sampled_from([value for listed in GOOD_VALUES.values() for value in listed]),
    st.sampled_from([value for listed in BAD_VALUES.values() for value in listed if value != 1e400]),
    ANYTHING,
)


def field(key: str) -> st.SearchStrategy[tuple[str, Any]]:
    listed = st.sampled_from([*GOOD_VALUES.get(key, [1]), None])
    return st.tuples(st.just(key), listed | listed | listed | values)


# Pairs and no dictionary: a key may come twice.
Pairs = list[tuple[str, Any]]
objects = st.builds(
    lambda first, more: [*first, *more],
    st.sampled_from([list(GOOD.items()), []]),
    st.lists(st.sampled_from(KEYS).flatmap(field), max_size=6),
)


def written(pairs: Pairs, ascii_only: bool, space: str) -> str:
    fields = (
        f"{json.dumps(key)}:{space}{json.dumps(value, ensure_ascii=ascii_only)}" for key, value in pairs
    )
    return "{" + f",{space}".join(fields) + "}"


items = st.builds(written, objects, st.booleans(), st.sampled_from(["", " ", "\t", "\r "])) | st.builds(
    json.dumps, ANYTHING
)
bodies = st.one_of(
    st.tuples(st.just(JSON_TYPE), st.lists(items, max_size=5).map(lambda found: f"[{','.join(found)}]")),
    st.tuples(
        st.just(JSON_TYPE),
        st.lists(items, max_size=4).map(lambda found: f'{{"x":1,"events":[{" , ".join(found)}]}}'),
    ),
    st.tuples(
        st.just(NDJSON_TYPE),
        st.lists(items | st.sampled_from(["", " ", "\r", "\u00a0", "\x1c", "x"]), max_size=5).map("\n".join),
    ),
)


def outcome(read: Callable[[], Batch]) -> tuple[Any, ...]:
    try:
        batch = read()
    except BodyError as error:
        return type(error), str(error)
    # As text as well: 0 == -0.0 == False.
    return batch, repr(batch)


def assert_alike(plain: bytes, content_type: str) -> None:
    careful = outcome(lambda: parse_plain(plain, content_type, carefully=True))
    assert outcome(lambda: parse_body(plain, content_type)) == careful


@pytest.mark.parametrize("key", [*GOOD_VALUES, "x", "title"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_it_reads_every_value_alike(key: str, ascii_only: bool) -> None:
    everything = [value for listed in (*GOOD_VALUES.values(), *BAD_VALUES.values()) for value in listed]
    for value in [*everything, None]:
        text = written([*GOOD.items(), (key, value)], ascii_only, "")
        assert_alike(text.encode(errors="surrogatepass"), NDJSON_TYPE)
        assert_alike(f"[{text}]".encode(errors="surrogatepass"), JSON_TYPE)


def test_it_compares_times_alike() -> None:
    times = [*GOOD_VALUES["at"], *GOOD_VALUES["since"], None]
    for at, since in product(times, times):
        assert_alike(json.dumps([{**GOOD, "at": at, "since": since}]).encode(), JSON_TYPE)


@given(bodies)
@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_it_reads_any_body_alike(sent: tuple[str, str]) -> None:
    content_type, text = sent
    assert_alike(text.encode(errors="surrogatepass"), content_type)


@given(bodies, st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_it_reads_a_broken_body_alike(sent: tuple[str, str], data: st.DataObject) -> None:
    content_type, text = sent
    plain = bytearray(text.encode(errors="surrogatepass"))
    place = data.draw(st.integers(0, len(plain)))
    plain[place : place + data.draw(st.integers(0, 2))] = data.draw(
        st.sampled_from([b"", b'"', b",", b"0", b"-", b".", b"e", b"\\", b"\n", b"\0", b"\x7f", b"\xc2\x85"])
        | st.binary(max_size=2)
    )
    assert_alike(bytes(plain), content_type)


@given(
    st.sampled_from(["at", "position", "outBandwidth", "x"]),
    st.from_regex(r"-?[0-9.eE+-]{1,24}", fullmatch=True),
)
@example("position", "1.7976931348623159e308")
@example("at", "18446744073709551616")
@settings(deadline=None)
def test_it_reads_any_number_alike(key: str, number: str) -> None:
    value = f"[{number},{number}]" if key == "position" else number
    assert_alike(f"[{json.dumps(GOOD)[:-1]},{json.dumps(key)}:{value}}}]".encode(), JSON_TYPE)


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        pytest.param(raw, kind, id=name)
        for name, _, raw, kind, packed in BAD_BODIES
        if kind in (JSON_TYPE, NDJSON_TYPE) and not packed
    ],
)
def test_it_refuses_a_bad_body_alike(raw: bytes, content_type: str) -> None:
    assert_alike(raw[: 2**20], content_type)


@pytest.mark.parametrize("first", ["[]", "[{}]", "5", "null", "{}", f"[{json.dumps(GOOD)}]"])
@pytest.mark.parametrize("last", ["[]", "5", "null", f"[{json.dumps(GOOD)}, 7]"])
def test_it_reads_doubled_lists_alike(first: str, last: str) -> None:
    assert_alike(f'{{"events": {first}, "events": {last}, "own": "\\u0007"}}'.encode(), JSON_TYPE)


@pytest.mark.parametrize("content_type", [JSON_TYPE, NDJSON_TYPE])
@pytest.mark.parametrize("digits", [4299, 4300, 4301, 6000])
def test_it_reads_as_many_digits(content_type: str, digits: int) -> None:
    good = json.dumps(GOOD)
    for unread in (f'{good[:-1]}, "x": {"9" * digits}}}', "-" + "9" * digits, f"1.{'9' * digits}"):
        text = f"[{good}, {unread}]" if content_type == JSON_TYPE else f"{good}\n{unread}"
        assert_alike(text.encode(), content_type)


@pytest.mark.parametrize("content_type", [JSON_TYPE, NDJSON_TYPE])
@pytest.mark.parametrize("depth", [100, 50_000])
def test_it_reads_as_deep(content_type: str, depth: int) -> None:
    good = json.dumps(GOOD)
    deep = f'{good[:-1]}, "x": {"[" * depth}{"]" * depth}}}'
    text = f"[{good}, {deep}]" if content_type == JSON_TYPE else f"{good}\n{deep}"
    assert_alike(text.encode(), content_type)


PLAIN = [
    {},
    {"at": 1770283311253, "since": 1770283300000, "ip": "81.2.69.142", "protocol": "HLS", "bytesOut": 5},
    {
        "at": "2026-02-05T09:21:51.253Z",
        "userAgent": None,
        "player": "VLC",
        "outBandwidth": 5.5,
        "healthScore": 88,
        "own": [1],
    },
    {"ip": "2001:db8::1", "position": [53, 18.5], "epoch": "e", "reason": "closed"},
]


@pytest.mark.parametrize("fields", PLAIN)
def test_it_reads_usual_events_the_fast_way(fields: dict[str, Any]) -> None:
    text = json.dumps({**GOOD, **fields})
    assert typed_event(text) == printable_event(text) == event(**fields)
