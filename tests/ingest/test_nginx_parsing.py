"""nginx-rtmp's callbacks and statistics page, as a real one sent them. No database."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.adapters.nginx_rtmp import (
    StatusError,
    event_of,
    events_of,
    first_values,
    parse_status,
    uptime_of,
)
from ingest.events import Event

PAGE = (Path(__file__).parent / "nginx_stat.xml").read_bytes()
AT = 1_795_356_667_350
EPOCH = 1_795_356_661_000
PLAY = (
    b"app=live&flashver=LNX%209,0,124,2&swfurl=&tcurl=rtmp://127.0.0.1:18935/live&pageurl="
    b"&addr=81.2.69.142&clientid=4&call=play&name=a&start=4294965296&duration=0&reset=0"
)


def called(**fields: str) -> Event | None:
    return event_of({**first_values(PLAY), **fields}, AT, EPOCH)


def test_it_reads_a_callback() -> None:
    assert event_of(first_values(PLAY), AT, EPOCH) == Event(
        type="view.start",
        connection_id="4",
        stream_key="live/a",
        at=AT,
        ip="81.2.69.142",
        player="FFmpeg",
        protocol="rtmp",
        epoch=f"{EPOCH} 81.2.69.142",
    )


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("play", "view.start"),
        ("update_play", "view.update"),
        ("play_done", "view.stop"),
        ("publish", "publish.start"),
        ("update_publish", "publish.update"),
        ("publish_done", "publish.stop"),
    ],
)
def test_it_knows_what_a_call_means(call: str, kind: str) -> None:
    event = called(call=call)
    assert event is not None
    assert event.type == kind


@pytest.mark.parametrize("call", ["", "connect", "disconnect", "done", "update", "record_done", "unheard of"])
def test_it_passes_over_other_calls(call: str) -> None:
    assert called(call=call) is None


def test_it_believes_the_first_of_repeated_fields() -> None:
    # What a player asked for with rtmp://server/live/a?name=victim&addr=9.9.9.9&clientid=1&call=publish_done
    polluted = (
        PLAY + b"&name=victim&addr=9.9.9.9&clientid=1&call=publish_done&app=other&flashver=ngx-local-relay"
    )
    assert first_values(polluted) == first_values(PLAY)


def test_it_reads_no_more_fields_than_nginx_sends() -> None:
    assert len(first_values(b"&".join(b"%d=1" % i for i in range(10_000)))) <= 64


@pytest.mark.parametrize(
    ("flashver", "call", "counts"),
    [
        ("ngx-local-relay", "play", False),
        ("ngx-local-relay", "publish", False),
        # The far side of another nginx that pulls, and of one that pushes.
        ("LNX.11,1,102,55", "play", False),
        ("LNX.11,1,102,55", "publish", True),
    ],
)
def test_it_does_not_count_relays_as_viewers(flashver: str, call: str, counts: bool) -> None:
    assert (called(flashver=flashver, call=call) is not None) is counts


@pytest.mark.parametrize(
    "bad",
    [
        {"clientid": ""},
        {"clientid": "x"},
        {"clientid": "-1"},
        {"clientid": "٤"},
        {"clientid": "9" * 99},
        {"name": ""},
        {"name": "x" * 128},
        {"app": ""},
    ],
)
def test_it_refuses_a_callback_that_names_nothing(bad: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"must "):
        called(**bad)


@pytest.mark.parametrize("address", ["unix:/run/nginx-rtmp.1", "", "garbage"])
def test_it_counts_who_has_no_address(address: str) -> None:
    event = called(addr=address)
    assert event is not None
    assert event.ip is None


@pytest.mark.parametrize(
    ("elapsed", "since"),
    [
        ("0", AT),
        ("1", AT),
        # A difference of whole seconds may be one too many; never too early.
        ("3", AT - 2000),
        ("999999", EPOCH),
        ("garbage", None),
        ("", None),
    ],
)
def test_an_update_tells_since_when(elapsed: str, since: int | None) -> None:
    event = called(call="update_play", time=elapsed)
    assert event is not None
    assert event.since == since


def test_it_reads_the_statistics_page() -> None:
    events = list(events_of(parse_status(PAGE), AT, EPOCH))
    assert [(event.type, event.connection_id, event.stream_key, event.player) for event in events] == [
        ("view.update", "11", "live/b", "FFmpeg"),
        ("publish.update", "2", "live/b", "FFmpeg"),
        ("publish.update", "1", 'live/a<b&c  "d', "FFmpeg"),
        # Pulled from another application: a publisher, and no viewer there.
        ("publish.update", "15", "edge/b", "ngx-local-relay"),
        ("view.update", "12", "edge/b", "FFmpeg"),
        ("publish.update", "8", "mirror/b", "LNX.11,1,102,55"),
        ("publish.update", "5", 'mirror/a<b&c  "d', "LNX.11,1,102,55"),
    ]
    assert {event.at for event in events} == {AT}


def test_it_tells_since_when_a_player_is_there() -> None:
    player = next(iter(events_of(parse_status(PAGE), AT, EPOCH)))
    assert player.since == AT - 3198


def test_it_is_not_there_longer_than_its_stream() -> None:
    page = PAGE.replace(b"<time>3198</time>", b"<time>600000</time>")
    player = next(iter(events_of(parse_status(page), AT, EPOCH)))
    assert player.since == AT - 4827


def test_it_takes_the_streams_bandwidth_for_each_players() -> None:
    page = PAGE.replace(b"<bw_video>0</bw_video>", b"<bw_video>800000</bw_video>", 1)
    page = page.replace(b"<bw_audio>0</bw_audio>", b"<bw_audio>96000</bw_audio>", 1)
    events = list(events_of(parse_status(page), AT, EPOCH))
    # Bits there, bytes here; what a publisher sends is no outgoing bandwidth.
    assert [event.out_bandwidth for event in events[:3]] == [112_000, None, None]


def test_callback_and_page_mean_the_same_connection() -> None:
    seen = next(iter(events_of(parse_status(PAGE), AT, EPOCH)))
    heard = called(clientid="11", addr="127.0.0.1", name="b")
    assert heard is not None
    assert (heard.connection_id, heard.stream_key, heard.epoch) == (
        seen.connection_id,
        seen.stream_key,
        seen.epoch,
    )


def test_callback_and_page_write_odd_names_alike() -> None:
    name = first_values(b"name=a%3Cb%26c%01%FF%22d")["name"]
    assert f"live/{name}" in {event.stream_key for event in events_of(parse_status(PAGE), AT, EPOCH)}


def test_a_restarted_server_numbers_other_connections() -> None:
    before, after = called(), event_of(first_values(PLAY), AT, EPOCH + 60_000)
    assert before is not None
    assert after is not None
    assert before.epoch != after.epoch


def test_it_finds_the_uptime_in_the_first_bytes() -> None:
    assert uptime_of(PAGE[:512]) == 7


BILLION_LAUGHS = b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<rtmp><uptime>1</uptime><server>&b;</server></rtmp>"""


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"<html>404</html>",
        b"\0" * 100,
        b"<rtmp><uptime>x</uptime></rtmp>",
        b"<rtmp><uptime>1</uptime>",
        b"<rtmp><uptime>1</uptime>\xff</rtmp>",
        b'<?xml version="1.0" encoding="none"?><rtmp><uptime>1</uptime></rtmp>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><rtmp><uptime>1</uptime></rtmp>',
        BILLION_LAUGHS,
    ],
)
def test_it_refuses_what_is_no_statistics_page(page: bytes) -> None:
    with pytest.raises(StatusError):
        parse_status(page)


@pytest.mark.parametrize(
    "client",
    [
        b"<id>x</id>",
        b"<id>-1</id>",
        b"",
        b"<id/>",
        b"<address>1.2.3.4</address>",
        b"<id>" + b"9" * 50 + b"</id>",
    ],
)
def test_it_passes_over_clients_without_a_number(client: bytes) -> None:
    page = (
        b"<rtmp><uptime>1</uptime><server><application><name>live</name><live><stream><name>a</name>"
        b"<client>" + client + b"</client></stream></live></application></server></rtmp>"
    )
    assert parse_status(page).clients == []


def test_it_passes_over_streams_without_a_usable_name() -> None:
    long = PAGE.replace(b"<name>b</name>", b"<name>" + b"x" * 128 + b"</name>")
    assert {client.stream_key[-1] for client in parse_status(long).clients} == {"d"}


def test_it_takes_odd_figures_for_unknown() -> None:
    page = PAGE.replace(b"<time>3198</time>", b"<time>soon</time>").replace(
        b"<time>4827</time>", b"<time>-1</time>"
    )
    player = next(iter(events_of(parse_status(page), AT, EPOCH)))
    assert player.since == AT


@given(st.binary(max_size=300))
def test_it_survives_any_form(form: bytes) -> None:
    fields = first_values(form)
    assert all(value.isprintable() and value.isascii() for value in fields.values())
