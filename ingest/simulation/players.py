"""What a simulated audience watches with, in a mix as it is met with."""

from typing import NamedTuple


class Player(NamedTuple):
    """`share` is its part of the audience, `bandwidth` a mean in bytes per second."""

    share: int
    protocol: str
    bandwidth: int
    user_agent: str
    tells_health: bool = True


_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {_WEBKIT}"
_BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
_WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_BLINK}"
_ANDROID = f"Mozilla/5.0 (Linux; Android 14; SM-S918B) {_BLINK}"
_CHROME = "Chrome/131.0.0.0"

PLAYERS = (
    Player(14, "hls", 520_000, f"{_IPHONE} Version/18.1 Mobile/15E148 Safari/604.1"),
    Player(7, "hls", 610_000, f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Safari/605.1.15"),
    Player(8, "hls", 560_000, "AppleCoreMedia/1.0.0.22B83 (iPhone; U; CPU OS 18_1 like Mac OS X; en_us)"),
    Player(13, "hls", 540_000, f"{_WINDOWS} {_CHROME} Safari/537.36"),
    Player(6, "hls", 480_000, f"{_ANDROID} {_CHROME} Mobile Safari/537.36"),
    Player(4, "hls", 690_000, "Roku/DVP-14.0 (14.0.0.2707-CW)"),
    Player(3, "hls", 720_000, f"Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) {_BLINK} TV Safari/537.36"),
    Player(2, "hls", 430_000, "VLC/3.0.21 LibVLC/3.0.21", tells_health=False),
    Player(7, "dash", 680_000, "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"),
    Player(6, "dash", 590_000, "Show/3.2 (Linux;Android 14) AndroidXMedia3/1.4.1"),
    Player(4, "dash", 640_000, f"{_ANDROID} SamsungBrowser/26.0 {_CHROME} Mobile Safari/537.36"),
    Player(3, "dash", 740_000, f"Mozilla/5.0 (Web0S; Linux/SmartTV) {_BLINK} Chrome/108.0.0.0 Safari/537.36"),
    Player(9, "webrtc", 310_000, f"{_WINDOWS} {_CHROME} Safari/537.36"),
    Player(5, "webrtc", 330_000, f"{_WINDOWS} {_CHROME} Safari/537.36 Edg/131.0.0.0"),
    Player(2, "webrtc", 300_000, f"{_WINDOWS} {_CHROME} Safari/537.36 OPR/116.0.0.0"),
    Player(3, "rtmp", 450_000, "LNX 9,0,124,2", tells_health=False),
    Player(2, "srt", 820_000, "VLC/3.0.21 LibVLC/3.0.21", tells_health=False),
    Player(1, "srt", 860_000, "libmpv", tells_health=False),
    Player(1, "srt", 840_000, "Company box 2.4", tells_health=False),
)
