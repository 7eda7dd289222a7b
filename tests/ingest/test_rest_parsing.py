"""What a body may hold, and what each event may say. No database."""

import gzip
import json
import zlib
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.adapters.rest import parse_event
from ingest.bodies import JSON_TYPE, MAX_BODY_BYTES, NDJSON_TYPE, BodyError
from ingest.events import Event
from ingest.parsing import MAX_EVENTS, parse_body

GOOD: dict[str, Any] = {"type": "view.start", "connectionId": "v_1", "streamKey": "123"}


def event(**fields: Any) -> Event:
    return parse_event({**GOOD, **fields})


def body(*events: Any) -> bytes:
    return json.dumps(list(events)).encode()


def test_it_reads_every_field() -> None:
    assert event(
        at=1770283311253,
        since=1770283300000,
        ip="81.2.69.142",
        position=[53.0176, 18.6202],
        userAgent="Player/1",
        player="hls.js 1.5",
        protocol="HLS",
        outBandwidth=447669,
        bytesOut=5_000_000,
        healthScore=88,
        epoch="e1",
        reason="closed",
    ) == Event(
        type="view.start",
        connection_id="v_1",
        stream_key="123",
        at=1770283311253,
        since=1770283300000,
        ip="81.2.69.142",
        position=(53.0176, 18.6202),
        user_agent="Player/1",
        player="hls.js 1.5",
        protocol="hls",
        out_bandwidth=447669,
        bytes_out=5_000_000,
        health_score=88,
        epoch="e1",
        reason="closed",
    )


def test_it_needs_three_fields_and_takes_null_for_absent() -> None:
    assert event(ip=None, at=None, healthScore=None) == Event("view.start", "v_1", "123")


def test_it_ignores_unknown_fields() -> None:
    assert event(title="mine", nested={"a": [1]}, connection_id="other") == Event("view.start", "v_1", "123")


@pytest.mark.parametrize("missing", ["type", "connectionId", "streamKey"])
def test_it_names_the_missing_field(missing: str) -> None:
    with pytest.raises(ValueError, match=f"^{missing} is required$"):
        parse_event({key: value for key, value in GOOD.items() if key != missing})


TIMES = [
    (1770283311253, 1770283311253),
    (1770283311253.4, 1770283311253),
    ("2026-02-05T09:21:51.253Z", 1770283311253),
    ("2026-02-05 09:21:51.253", 1770283311253),
    ("2026-02-05t09:21:51,253z", 1770283311253),
    ("2026-02-05T14:51:51.253+05:30", 1770283311253),
    ("20260205T092151.253Z", 1770283311253),
    # Not believable, and still times: record() uses the moment of receipt for them.
    (-5, 0),
    (10**1000, 2**53),
    (1e300, 2**53),
    ("0001-01-01T00:00:00+14:00", -62135647200000),
    ("9999-12-31T23:59:59.999-14:00", 253402351199999),
]


@pytest.mark.parametrize(("given", "milliseconds"), TIMES)
def test_it_reads_times(given: Any, milliseconds: int) -> None:
    assert event(at=given).at == milliseconds


ADDRESSES = [
    ("81.2.69.142", "81.2.69.142"),
    ("2001:DB8::0:1", "2001:db8::1"),
    ("::ffff:81.2.69.142", "81.2.69.142"),
    ("::ffff:5102:458e", "81.2.69.142"),
    ("::1", "::1"),
]


@pytest.mark.parametrize(("given", "canonical"), ADDRESSES)
def test_it_writes_addresses_in_one_way(given: str, canonical: str) -> None:
    assert event(ip=given).ip == canonical


def test_it_keeps_the_beginning_of_a_long_user_agent() -> None:
    assert event(userAgent="x" * 5000).user_agent == "x" * 256


def test_it_takes_any_written_language() -> None:
    assert event(streamKey="ライブ 👩‍👩‍👧").stream_key == "ライブ 👩‍👩‍👧"


def test_it_rounds_measurements() -> None:
    found = event(outBandwidth=447669.6, healthScore=87.5, bytesOut=0.2)
    assert (found.out_bandwidth, found.health_score, found.bytes_out) == (447670, 88, 0)


BAD_VALUES: dict[str, list[Any]] = {
    "type": ["", "view", "VIEW.START", "source.restart", 1, True, [], {}],
    "connectionId": ["", "x" * 129, 5, True, [], {}, "a\0b", "a\nb", "\ud800", "\x7f"],
    "streamKey": ["", "x" * 129, 5, False, [], {}, "\0", "\udfff"],
    "at": [
        *(True, "", "now", [], {}, float("inf"), float("nan"), "1770283311253"),
        *("2026-02-05", "2026-13-05T00:00Z", "2026-02-05T24:01", "2026-02-05T09:21:60Z"),
        *("2026-02-05x09:21:51Z", "T" * 20, "2026-02-05T09:21\0", "2026-02-05T09:21 " * 9),
    ],
    "since": [True, "yesterday", [], float("-inf")],
    "ip": [
        *(0, True, "", "garbage", "1.2.3", "1.2.3.4:80", "1.2.3.4, 5.6.7.8", " 1.2.3.4", "01.2.3.4"),
        *("fe80::1%eth0", "[::1]", "1.2.3.4\0", "\ud800", "١.٢.٣.٤", ":" * 9999, "::" + "\ud800"),
    ],
    "position": [
        *("1,2", [], [1], [1, 2, 3], [91, 0], [-90.1, 0], [0, 181], {"lat": 1}, 5, [[1], [2]]),
        *([float("nan"), 0], [0, float("inf")], [True, 0], ["1", "2"], [10**1000, 0], [None, None]),
    ],
    "userAgent": [5, True, [], "a\0", "\ud83d"],
    "player": [5, True, "x" * 65, [], {}, "a\0", "a\tb", "\x85", "\ud83d"],
    "protocol": [5, "x" * 17, "h\tls", [], "\ud800"],
    "outBandwidth": [-1, True, "5", 2**41, 10**1000, float("inf"), float("nan"), []],
    "bytesOut": [-1, False, "5", 2**54, float("-inf")],
    "healthScore": [-1, 101, True, "88", 1e400, float("nan"), {}],
    "epoch": [5, "x" * 65, "\0"],
    "reason": [5, "x" * 65, "\0"],
}


@pytest.mark.parametrize(
    ("field", "bad"), [(field, bad) for field, values in BAD_VALUES.items() for bad in values]
)
def test_it_refuses_a_bad_value_naming_its_field(field: str, bad: Any) -> None:
    with pytest.raises(ValueError, match=f"^{field} must ") as caught:
        event(**{field: bad})
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 150


def test_it_refuses_a_connection_that_began_after_its_sign() -> None:
    with pytest.raises(ValueError, match="since must not be later than at"):
        event(at=1000, since=1001)


@pytest.mark.parametrize("thing", [None, 1, "x", True, [], [GOOD]])
def test_it_refuses_what_is_no_object(thing: Any) -> None:
    with pytest.raises(ValueError, match="an event must be a JSON object"):
        parse_event(thing)


@pytest.mark.parametrize(
    ("content_type", "plain"),
    [
        (JSON_TYPE, body(GOOD, GOOD)),
        ("Application/JSON; charset=UTF-8", json.dumps({"events": [GOOD, GOOD]}).encode()),
        (NDJSON_TYPE, b"\r\n".join([json.dumps(GOOD).encode(), b"", b"  ", json.dumps(GOOD).encode(), b""])),
        (JSON_TYPE, b"\xef\xbb\xbf" + body(GOOD, GOOD)),
    ],
)
def test_it_reads_three_shapes_plain_and_packed(content_type: str, plain: bytes) -> None:
    assert len(parse_body(plain, content_type).events) == 2
    assert len(parse_body(gzip.compress(plain), content_type, "GZIP").events) == 2


def test_it_reads_a_gzip_of_several_members() -> None:
    line = json.dumps(GOOD).encode() + b"\n"
    packed = gzip.compress(line) + gzip.compress(line) + b"\0\0\0"
    assert len(parse_body(packed, NDJSON_TYPE, "gzip").events) == 2


def test_it_reads_a_gzip_of_many_pieces() -> None:
    # Random letters, so that it stays larger than what is unpacked at once.
    draw = Random(1)
    lines = [json.dumps({**GOOD, "epoch": f"{draw.getrandbits(256):064x}"}).encode() for _ in range(8000)]
    halves = [b"".join(line + b"\n" for line in half) for half in (lines[:4000], lines[4000:])]
    packed = gzip.compress(halves[0]) + b"\0" * 200_000 + gzip.compress(halves[1]) + b"\0"
    found = parse_body(packed, NDJSON_TYPE, "gzip")
    assert [event.epoch for event in found.events] == [json.loads(line)["epoch"] for line in lines]


def test_it_rejects_bad_events_alone() -> None:
    batch = parse_body(body(5, GOOD, {}, {**GOOD, "healthScore": 101}), JSON_TYPE)
    assert len(batch.events) == 1
    assert batch.rejected == [
        (0, "an event must be a JSON object"),
        (2, "type is required"),
        (3, "healthScore must be from 0 to 100"),
    ]


def test_it_rejects_bad_lines_alone() -> None:
    line = json.dumps(GOOD).encode()
    deep = b"[" * 100_000
    batch = parse_body(
        b"\n".join([b"{", line, b"\n", b"NaN", deep, b'{"at":' + b"9" * 5000 + b"}"]), NDJSON_TYPE
    )
    assert [index for index, _ in batch.rejected] == [0, 2, 3, 4]
    assert len(batch.events) == 1


def test_it_takes_the_last_of_doubled_keys() -> None:
    doubled = b'[{"type":"view.stop","type":"view.start","connectionId":"a","streamKey":"s"}]'
    assert parse_body(doubled, JSON_TYPE).events[0].type == "view.start"


def test_it_takes_as_many_events_as_it_says() -> None:
    assert len(parse_body(body(*[GOOD] * MAX_EVENTS), JSON_TYPE).events) == MAX_EVENTS


def bomb() -> bytes:
    return gzip.compress(b" " * (MAX_BODY_BYTES + 1))


BAD_BODIES: list[tuple[str, int, bytes, str, str]] = [
    ("empty", 400, b"", JSON_TYPE, ""),
    ("empty packed", 400, b"", JSON_TYPE, "gzip"),
    ("no events", 400, b"[]", JSON_TYPE, ""),
    ("no lines", 400, b"\n \n", NDJSON_TYPE, ""),
    ("no good event", 400, b"[{}]", JSON_TYPE, ""),
    ("number", 400, b"5", JSON_TYPE, ""),
    ("string", 400, b'"x"', JSON_TYPE, ""),
    ("null", 400, b"null", JSON_TYPE, ""),
    ("one event", 400, json.dumps(GOOD).encode(), JSON_TYPE, ""),
    ("events no list", 400, b'{"events": {}}', JSON_TYPE, ""),
    ("unclosed", 400, b"[{", JSON_TYPE, ""),
    ("trailing", 400, body(GOOD) + b"x", JSON_TYPE, ""),
    ("lines as json", 400, b"{}\n{}", JSON_TYPE, ""),
    ("NaN", 400, b'[{"healthScore": NaN}]', JSON_TYPE, ""),
    ("Infinity", 400, b"[-Infinity]", JSON_TYPE, ""),
    ("too many digits", 400, b"[" + b"9" * 5000 + b"]", JSON_TYPE, ""),
    ("deep arrays", 400, b"[" * 200_000, JSON_TYPE, ""),
    ("deep objects", 400, b'{"a":' * 200_000, JSON_TYPE, ""),
    ("raw NUL", 400, b'[{"type":"\0"}]', JSON_TYPE, ""),
    ("no UTF-8", 400, b'["\xff"]', JSON_TYPE, ""),
    ("no UTF-8 lines", 400, b'{"a":"\xff"}\n', NDJSON_TYPE, ""),
    ("UTF-16", 400, "[]".encode("utf-16"), JSON_TYPE, ""),
    ("surrogate bytes", 400, b'["\xed\xa0\x80"]', JSON_TYPE, ""),
    ("not gzip", 400, body(GOOD), JSON_TYPE, "gzip"),
    ("zlib as gzip", 400, zlib.compress(body(GOOD)), JSON_TYPE, "gzip"),
    ("cut gzip", 400, gzip.compress(body(GOOD))[:-9], JSON_TYPE, "gzip"),
    ("corrupt gzip", 400, gzip.compress(body(GOOD))[:-8] + b"\1" * 8, JSON_TYPE, "gzip"),
    ("gzip and garbage", 400, gzip.compress(body(GOOD)) + b"garbage", JSON_TYPE, "gzip"),
    ("bomb", 413, bomb(), JSON_TYPE, "gzip"),
    ("bomb of members", 413, gzip.compress(b"") * 9000, JSON_TYPE, "gzip"),
    ("too large", 413, b" " * (MAX_BODY_BYTES + 1), JSON_TYPE, ""),
    ("too many", 413, body(*[GOOD] * (MAX_EVENTS + 1)), JSON_TYPE, ""),
    ("too many lines", 413, b"{}\n" * (MAX_EVENTS + 1), NDJSON_TYPE, ""),
    ("too many small things", 413, b"[" + b"[]," * 600_000 + b"[]]", JSON_TYPE, ""),
    ("no type", 415, body(GOOD), "", ""),
    ("text", 415, body(GOOD), "text/plain", ""),
    ("form", 415, b"a=1", "application/x-www-form-urlencoded", ""),
    ("list of types", 415, body(GOOD), "application/json, text/html", ""),
    ("charset", 415, body(GOOD), "application/json; charset=utf-16", ""),
    ("brotli", 415, body(GOOD), JSON_TYPE, "br"),
    ("twice packed", 415, gzip.compress(gzip.compress(body(GOOD))), JSON_TYPE, "gzip, gzip"),
    ("odd encoding", 415, body(GOOD), JSON_TYPE, "\xff"),
]


@pytest.mark.parametrize(
    ("status", "raw", "content_type", "encoding"),
    [pytest.param(*case, id=name) for name, *case in BAD_BODIES],
)
def test_it_refuses_a_bad_body_saying_what_to_send(
    status: int, raw: bytes, content_type: str, encoding: str
) -> None:
    with pytest.raises(BodyError) as caught:
        parse_body(raw, content_type, encoding)
    assert caught.value.status == status
    assert 20 < len(str(caught.value)) < 600
    assert str(caught.value).isprintable()


def test_it_tells_the_first_reasons_when_nothing_is_good() -> None:
    with pytest.raises(
        BodyError, match="None of the 5 events can be used: event 0: type is required; event 1"
    ):
        parse_body(body({}, 1, {}, {}, {}), JSON_TYPE)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.characters(categories=["Cs"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "at", "since", "ip", "position", "healthScore"]), ANYTHING))
def test_it_either_makes_an_event_or_says_why_not(fields: dict[str, Any]) -> None:
    with suppress(ValueError):
        found = parse_event({**GOOD, **fields})
        assert "\0" not in found.connection_id + found.stream_key
        assert found.stream_key.encode()
        assert found.at is None or abs(found.at) < 2**60


@given(st.binary(max_size=200), st.sampled_from([JSON_TYPE, NDJSON_TYPE]), st.sampled_from(["", "gzip"]))
def test_it_survives_any_bytes(raw: bytes, content_type: str, encoding: str) -> None:
    with pytest.raises(BodyError):
        parse_body(raw, content_type, encoding)
