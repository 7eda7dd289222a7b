"""Which player a user agent is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.players import PLAYERS, player_of

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36"
AGENTS = [
    ("VLC/3.0.21 LibVLC/3.0.21", "VLC"),
    ("libmpv", "mpv"),
    ("mpv 0.38.0", "mpv"),
    ("Kodi/21.1 (Linux; Android 12) Android/12 Sys_CPU/aarch64", "Kodi"),
    (f"{CHROME} OBS/30.2.3", "OBS"),
    ("GStreamer souphttpsrc 1.24.8 libsoup/3.6.0", "GStreamer"),
    ("Player/1.0 (Linux;Android 14) ExoPlayerLib/2.19.1", "ExoPlayer"),
    ("Show/3.2 (Linux;Android 14) AndroidXMedia3/1.4.1", "ExoPlayer"),
    ("AppleCoreMedia/1.0.0.22B83 (iPhone; U; CPU OS 18_1 like Mac OS X; en_us)", "Apple player"),
    ("NSPlayer/12.00.26100.1882 WMFSDK/12.00.26100.1882", "Windows Media Player"),
    ("Lavf/61.7.100", "FFmpeg"),
    ("Lavf58.76.100", "FFmpeg"),
    ("FMLE/3.0 (compatible; Lavf61.7.100)", "FFmpeg"),
    ("LNX 9,0,124,2", "FFmpeg"),
    ("LNX 10,0,32,18", "librtmp"),
    ("WIN 32,0,0,465", "Flash Player"),
    ("Roku/DVP-14.0 (14.0.0.2707-CW)", "Roku"),
    (
        "Mozilla/5.0 (X11; Linux aarch64) AppleWebKit/537.36 Chrome/116.0 Safari/537.36 CrKey/1.56.500000",
        "Chromecast",
    ),
    ("Mozilla/5.0 (Linux; Android 9; AFTMM) AppleWebKit/537.36 Chrome/120.0 Safari/537.36", "Fire TV"),
    (
        "Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 94.0.4606.31/7.0 TV Safari/537.36",
        "Samsung TV",
    ),
    (
        "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/94.0 Safari/537.36",
        "LG TV",
    ),
    ("Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 Safari/605.1.15", "PlayStation"),
    (f"{CHROME} Edg/131.0.0.0", "Edge"),
    (f"{IPHONE} Version/18.0 EdgiOS/131.0.2903.68 Mobile/15E148 Safari/605.1.15", "Edge"),
    (f"{CHROME} OPR/116.0.0.0", "Opera"),
    (f"{ANDROID} SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36", "Samsung Internet"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox"),
    (f"{IPHONE} FxiOS/132.0 Mobile/15E148 Safari/605.1.15", "Firefox"),
    ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer"),
    (f"{ANDROID[:-1]}; wv) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Android WebView"),
    (CHROME, "Chrome"),
    (f"{IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1", "Chrome"),
    (f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1", "Safari"),
    (f"{IPHONE} Mobile/15E148", "Safari"),
]


@pytest.mark.parametrize(("agent", "player"), AGENTS)
def test_it_knows_the_players_that_people_use(agent: str, player: str) -> None:
    assert player_of(agent) == player


@pytest.mark.parametrize(
    "agent", ["", "curl/8.5.0", "python-requests/2.32", "Googlebot/2.1", "observer/1.0", "ngx-local-relay"]
)
def test_it_makes_up_no_player(agent: str) -> None:
    assert player_of(agent) == ""


@given(st.text(max_size=256))
@settings(max_examples=200)
def test_it_reads_whatever_is_sent(agent: str) -> None:
    assert player_of(agent) in {"", *(name for name, _ in PLAYERS)}


def test_what_it_remembers_is_bounded() -> None:
    for number in range(5000):
        player_of(f"agent {number}")
    assert player_of.cache_info().currsize <= 2048
