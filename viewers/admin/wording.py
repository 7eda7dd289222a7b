"""How the admin says times, rates and health. Markup only where a style or a script takes hold of it."""

from datetime import UTC, datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOTHING = "–"

# The least score of each class, as on the map.
HEALTH_CLASSES = {"good": 80, "fair": 50, "poor": 0}


def moment(ms: int | None) -> str | SafeString:
    """A time in UTC; the browser adds the reader's own as a tooltip."""
    if ms is None:
        return NOTHING
    try:
        at = EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return str(ms)
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), f"{at:%Y-%m-%d %H:%M:%S}")


def duration(ms: int | None) -> str:
    """`h:mm:ss`; hours go on past 24, because a viewing of two days is 48 hours long and not two."""
    if ms is None:
        return NOTHING
    seconds = max(0, ms) // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def span(ms: int) -> str:
    """A length of time in its largest whole unit: `45 s`, `3 min`, `2 h`, `7 days`."""
    for unit, name in ((86_400_000, "days"), (3_600_000, "h"), (60_000, "min")):
        if ms >= 2 * unit or (ms >= unit and ms % unit == 0):
            return f"{ms // unit} {name if ms >= 2 * unit else name.removesuffix('s')}"
    return f"{max(0, ms) // 1000} s"


def ago(ms: int) -> str:
    return f"{duration(ms)} ago"


def megabits(bytes_per_second: int | None) -> str:
    return NOTHING if bytes_per_second is None else f"{bytes_per_second * 8 / 1_000_000:.2f} Mbit/s"


def bandwidth(bytes_per_second: int) -> str:
    """Of many viewers together: `850.0 Mbit/s`, `3.58 Gbit/s`."""
    megabits_per_second = bytes_per_second * 8 / 1_000_000
    if megabits_per_second < 1000:
        return f"{megabits_per_second:.1f} Mbit/s"
    return f"{megabits_per_second / 1000:.2f} Gbit/s"


def size(count: int | None) -> str:
    """Decimal units, as networks are rated."""
    if count is None:
        return NOTHING
    scaled = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if scaled < 1000:
            return f"{count} B" if unit == "B" else f"{scaled:.1f} {unit}"
        scaled /= 1000
    return f"{scaled:.1f} PB"


def health_class(score: int | None) -> str:
    """`good`, `fair`, `poor`, or `none` where nothing is known."""
    if score is None:
        return "none"
    return next((name for name, least in HEALTH_CLASSES.items() if score >= least), "poor")


def health(score: int | None) -> SafeString:
    name = health_class(score)
    text = "no data" if score is None else f"{score} {name}"
    return format_html('<span class="health {}">{}</span>', name, text)


def country(code: str) -> str | SafeString:
    """The code; the browser, which knows the countries' names, adds its name, in a list as a tooltip."""
    return format_html('<data class="country" value="{0}">{0}</data>', code) if code else NOTHING


def on_air() -> SafeString:
    return format_html('<span class="on-air">{}</span>', "on air")
