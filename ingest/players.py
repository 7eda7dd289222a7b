"""Which player a user agent is, where the sender does not say. No Django.

The first that fits counts: most names are part of others' user agents. Media players come first, then
devices, then browsers, of which Safari's name is in all the others'.
"""

import re
from functools import lru_cache

# Players of one audience share some hundred user agents; who sends others gains nothing by it.
REMEMBERED = 2048

# Parts of user agents, in lower case and as regular expressions.
PLAYERS = (
    ("VLC", r"\bvlc\b|libvlc"),
    ("mpv", r"\b(?:lib)?mpv\b"),
    ("Kodi", r"\bkodi\b|\bxbmc\b"),
    ("OBS", r"\bobs(?:-studio)?\b"),
    ("GStreamer", r"gstreamer"),
    ("ExoPlayer", r"exoplayer|androidxmedia3|\bmedia3\b"),
    ("Apple player", r"applecoremedia"),
    ("Windows Media Player", r"windows-media-player|\bnsplayer\b"),
    # What plays through its libraries and has a name of its own comes before it.
    ("FFmpeg", r"\blavf\b|\blavf[/\d]|ffmpeg|ffplay|^lnx 9,0,124,2$"),
    ("librtmp", r"librtmp|^lnx 10,0,32,18$"),
    ("Flash Player", r"^(?:win|mac|lnx) \d+(?:,\d+){3}$"),
    ("Roku", r"\broku\b"),
    ("Chromecast", r"\bcrkey\b"),
    ("Fire TV", r"\baft[a-z]{1,4}\d?\b"),
    ("Samsung TV", r"\btizen\b"),
    ("LG TV", r"\bweb[o0]s\b"),
    ("PlayStation", r"playstation"),
    ("Xbox", r"\bxbox\b"),
    ("Android player", r"stagefright"),
    ("Edge", r"\b(?:edg|edga|edgios|edge)/"),
    ("Opera", r"\b(?:opr|opios|opt|opera)/|opera mini"),
    ("Samsung Internet", r"samsungbrowser/"),
    ("Yandex Browser", r"yabrowser/"),
    ("Vivaldi", r"vivaldi/"),
    ("UC Browser", r"\bucbrowser/"),
    ("Firefox", r"\b(?:firefox|fxios)/"),
    ("Internet Explorer", r"\bmsie \d|\btrident/"),
    ("Android WebView", r"; wv\)"),
    ("Chrome", r"\b(?:chrome|crios|chromium)/"),
    ("Safari", r"\bsafari/|\b(?:iphone|ipad|macintosh)\b.*\bapplewebkit/"),
)
_PLAYERS = [(name, re.compile(pattern).search) for name, pattern in PLAYERS]


@lru_cache(maxsize=REMEMBERED)
def player_of(user_agent: str) -> str:
    """The name of a known player, or empty. Of nginx-rtmp's ``flashver`` too."""
    text = user_agent.lower()
    return next((name for name, found in _PLAYERS if found(text)), "")
