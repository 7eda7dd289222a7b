"""What changed in the live table, for those who keep a copy of it: one row a statement, in its transaction.

The table is unlogged: it is forgotten by a crash, and so are its rows after `KEPT_MS`. Who was away for so
long reads the live table anew. ``seq`` is drawn while the statement holds the lock of every row it names, so
that of two changes of one session the later has the higher. ``xid`` tells a reader what it has not seen yet.
"""

from viewers.geolocation.addresses import not_public

KEPT_MS = 30_000

# Bytes per second of one viewer. Far beyond any stream, and small enough that sums stay within 64 bits.
MOST_BANDWIDTH = 10**12
# A viewer's bandwidth and health travel in one integer: health from -1, unknown, to 100 takes 128 values.
HEALTHS = 128
UNKNOWN = -1
UNLOCATED = -1
PLACE = f"coalesce(place_code, {UNLOCATED})"
# Why a viewer has no place, as far as the address tells; or one that only stands for the country.
PRIVATE_ADDRESS, UNKNOWN_ADDRESS, NO_ADDRESS = "private", "unknown", "none"
COUNTRY_ONLY = "country"
# Fixes of a country alone have a radius of about so many km or more, or none.
COUNTRY_KM = 100
REASON = f"""CASE WHEN place_code IS NOT NULL AND country <> '' AND region = '' AND city = ''
        AND (accuracy_km IS NULL OR accuracy_km >= {COUNTRY_KM}) THEN '{COUNTRY_ONLY}'
    WHEN place_code IS NOT NULL THEN ''
    WHEN ip IS NULL THEN '{NO_ADDRESS}'
    WHEN {not_public("ip")} THEN '{PRIVATE_ADDRESS}' ELSE '{UNKNOWN_ADDRESS}' END"""
TAB = "\t"
FIGURES = f"least(coalesce(bandwidth, 0), {MOST_BANDWIDTH}) * {HEALTHS} + coalesce(health, {UNKNOWN}) + 1"

# What a viewer is counted by besides stream and place. None of the first three holds a TAB.
PROFILE = f"""({REASON} || '{TAB}' || country || '{TAB}' || protocol || '{TAB}' || player)"""

# What `reported` reads of each row, and what `began` does.
REPORTED = "live.id, live.bandwidth, live.health, live.counted"
BEGAN = f"""{REPORTED}, live.stream_key, live.place_code, live.ip, live.accuracy_km,
    live.country, live.region, live.city, live.protocol, live.player"""


def began(rows: str, app: str) -> str:
    """A statement that says that the rows of a WITH query stand in the live table, whatever stood there."""
    return f"""INSERT INTO viewers_livechange (app_id, ids, streams, profiles, places, figures)
        SELECT {app}, array_agg(id), array_agg(stream_key), array_agg({PROFILE}), array_agg({PLACE}),
            array_agg({FIGURES})
        FROM {rows} WHERE counted HAVING count(*) > 0"""


def reported(rows: str) -> str:
    """The same of rows of which nothing but the figures may differ."""
    return f"""INSERT INTO viewers_livechange (ids, figures)
        SELECT array_agg(id), array_agg({FIGURES}) FROM {rows} WHERE counted HAVING count(*) > 0"""


def left(rows: str) -> str:
    """A statement that says that these rows are gone."""
    return f"INSERT INTO viewers_livechange (ids) SELECT array_agg(id) FROM {rows} HAVING count(*) > 0"


# Lets go of what everybody has read by now.
FORGET = f"""
DELETE FROM viewers_livechange WHERE seq < (
    SELECT min(seq) FROM viewers_livechange
    WHERE at > clock_timestamp() - interval '{KEPT_MS} milliseconds')
"""
