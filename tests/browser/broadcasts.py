"""Two livestreams whose figures are known by heart, told through the one door."""

from tests.analytics.signs import HOUR, MINUTE, SECOND, START, published, tell, watched
from tests.browser.conftest import Site

# Saturday, from 18:00 to 24:00 UTC; in it lies all of the first evening.
EVENING = "start=2026-01-31T18:00:00Z&end=2026-02-01T00:00:00Z&tz=UTC"
# And the day after.
WEEKEND = "start=2026-01-31T00:00:00Z&end=2026-02-02T00:00:00Z&tz=UTC"


def two_livestreams(site: Site) -> None:
    """``concert`` on the air for two hours, watched by three people for 2:40:01, soon all three at once;
    ``news`` for half an hour of the same evening, and for an hour of the next.
    """
    source = site.app.sources.get()
    tell(
        source,
        published("encoder", START, START + 2 * HOUR, "concert"),
        watched("ada", START, START + HOUR, "concert"),
        watched("ben", START + 10 * MINUTE, START + 70 * MINUTE, "concert"),
        watched("cleo", START + 20 * MINUTE, START + HOUR + SECOND, "concert"),
        published("studio", START + 4 * HOUR, START + 4 * HOUR + 30 * MINUTE, "news"),
        watched("dan", START + 4 * HOUR, START + 4 * HOUR + 20 * MINUTE, "news"),
    )
    # Not with the first evening: what reaches back more than a day is not believed.
    tell(
        source,
        published("studio", START + 26 * HOUR, START + 27 * HOUR, "news"),
        watched("eve", START + 26 * HOUR, START + 26 * HOUR + 15 * MINUTE, "news"),
    )
