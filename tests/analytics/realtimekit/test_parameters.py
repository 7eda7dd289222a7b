"""What start_time, end_time, timezone and filters may say."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from analytics.parameters import MAX_DAYS, days, window

# 2026-01-31T18:00:00Z, a Saturday.
AT = 1_769_882_400_000
DAY = 86_400_000


def start(raw: str) -> int | None:
    """Of a query as it stands in the address, with what it says in place of `start_time`."""
    return window(QueryDict(f"start_time={raw}")).start_ms


def refusal(query: str, now: int | None = None) -> str:
    with pytest.raises(ValidationError) as raised:
        window(QueryDict(query)) if now is None else days(QueryDict(query), now)
    return str(raised.value.detail[0])  # type: ignore[index]


@pytest.mark.parametrize(
    "raw",
    [
        "1769882400",
        "2026-01-31T18:00:00Z",
        "2026-01-31t18:00:00z",
        "2026-01-31T18:00:00",
        "2026-01-31T18:00",
        "2026-01-31+18:00:00",
        "2026-01-31%2018:00:00%20Z",
        "2026-01-31T18:00:00.000Z",
        "2026-01-31T18:00:00.000999999Z",
        "2026-01-31T18:00:00,0",
        "2026-01-31T23:30:00%2B05:30",
        "2026-01-31T23:30:00%2B0530",
        "2026-01-31+23:30:00%2B05:30",
        "2026-01-31T13:00:00-05",
        "2026-02-01T02:00:00%2B08:00",
        "%202026-01-31T18:00:00Z%20",
    ],
)
def test_it_reads_every_usual_way_to_write_a_moment(raw: str) -> None:
    assert start(raw) == AT


def test_it_takes_a_space_before_an_offset_for_a_plus_that_was_not_encoded() -> None:
    assert start("2026-01-31T23:30:00+05:30") == AT


def test_it_takes_a_date_for_its_beginning() -> None:
    asked = window(QueryDict("start_time=2026-01-31&end_time=2026-02-01"))

    assert (asked.start_ms, asked.end_ms) == (AT - 18 * 3_600_000, AT + 6 * 3_600_000)


def test_it_reads_times_without_offset_in_the_zone_asked_for() -> None:
    asked = window(QueryDict("start_time=2026-01-31T19:00&end_time=2026-02-01&timezone=Europe/Warsaw"))

    assert (asked.start_ms, asked.end_ms) == (AT, AT + 5 * 3_600_000)


def test_it_leaves_open_what_is_not_said() -> None:
    asked = window(QueryDict(""))

    assert (asked.start_ms, asked.end_ms) == (None, None)


def test_it_lets_a_window_be_empty() -> None:
    asked = window(QueryDict("start_time=1769882400&end_time=1769882400"))

    assert (asked.start_ms, asked.end_ms) == (AT, AT)


def test_it_ignores_parameters_that_it_does_not_know() -> None:
    assert window(QueryDict("page=2&start_time=1769882400")).start_ms == AT


moments = st.datetimes(
    min_value=datetime(1970, 1, 2),
    max_value=datetime(9999, 12, 30),
    timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(at=moments, separator=st.sampled_from(["T", " "]), encoded=st.booleans())
def test_it_reads_back_what_python_writes_to_the_millisecond(
    at: datetime, separator: str, encoded: bool
) -> None:
    written = at.isoformat(sep=separator)
    query = urlencode({"start_time": written}) if encoded else f"start_time={written}"

    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert window(QueryDict(query)).start_ms == (at - epoch) // timedelta(milliseconds=1)


@given(raw=st.text(max_size=40))
def test_it_answers_any_text_with_a_moment_or_a_reason(raw: str) -> None:
    query = QueryDict(mutable=True)
    query["start_time"] = query["timezone"] = raw
    with suppress(ValidationError):
        at = window(query).start_ms
        assert at is not None
        assert 0 <= at < 10**15


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "start_time cannot be read. Send ISO 8601 such as"),
        ("yesterday", "start_time cannot be read."),
        ("2026-01", "start_time cannot be read."),
        ("2026-1-31", "start_time cannot be read."),
        ("2026-01-31T18", "start_time cannot be read."),
        ("2026-01-31x18:00", "start_time cannot be read."),
        ("2026-W05-6", "start_time cannot be read."),
        ("2026-02-30", "start_time is no moment of the calendar."),
        ("2026-01-31T25:00", "start_time is no moment of the calendar."),
        ("2026-01-31T18:00%2B99:00", "start_time is no moment of the calendar."),
        ("0000-01-01", "start_time is no moment of the calendar."),
        ("0001-01-01T00:00:00Z", "start_time must lie between 1970-01-01 and 9999-12-31."),
        ("9999-12-31T23:59:59-23:59", "start_time must lie between"),
        ("1769882400.5", "start_time must be in whole seconds."),
        ("-1769882400", "start_time must be in whole seconds."),
        ("1e9", "start_time must be in whole seconds."),
        ("nan", "start_time must be in whole seconds."),
        ("1769882400000", "in seconds. This looks like milliseconds."),
        ("1" + "0" * 30, "start_time is too large: Unix time is expected in seconds."),
        ("1" * 5000, "start_time is too large"),
    ],
)
def test_it_says_what_is_wrong_with_a_moment(raw: str, reason: str) -> None:
    assert reason in refusal(f"start_time={raw}")


def test_it_refuses_an_end_before_its_start() -> None:
    assert refusal("start_time=2026-02-01&end_time=2026-01-31") == "end_time must not be before start_time."


def test_it_says_how_to_ask_for_one_whole_day() -> None:
    assert "let end_time be the day after" in refusal("start_time=2026-01-31&end_time=2026-01-31")


def test_it_refuses_a_parameter_that_is_given_twice() -> None:
    assert refusal("start_time=1&start_time=2") == "start_time is given 2 times: send it once."


def test_it_refuses_filters() -> None:
    assert refusal("filters=x") == "filters is not supported: leave it out."


@pytest.mark.parametrize(
    "name", ["Mars/Base", "Europe", "../../etc/passwd", "/etc/passwd", "leapseconds", "é"]
)
def test_it_knows_time_zones_by_their_iana_names(name: str) -> None:
    assert "IANA name such as" in refusal(urlencode({"timezone": name}))


def test_it_shows_thirty_days_with_today_when_not_asked_for_others() -> None:
    asked = days(QueryDict(""), AT)

    assert (asked.start_ms, asked.end_ms) == (AT - 18 * 3_600_000 - 29 * DAY, AT)


def test_it_shows_thirty_days_up_to_the_end_asked_for() -> None:
    asked = days(QueryDict("end_time=2026-01-31"), AT)

    assert asked.end_ms - asked.start_ms == 30 * DAY


def test_it_counts_the_thirty_days_in_the_zone_asked_for() -> None:
    asked = days(QueryDict("timezone=America/New_York&end_time=2026-03-10"), AT + 90 * DAY)

    # One of them had 23 hours.
    assert asked.end_ms - asked.start_ms == 30 * DAY - 3_600_000


def test_it_shows_no_days_to_come() -> None:
    asked = days(QueryDict("start_time=2026-01-31&end_time=9999-12-31"), AT)

    assert asked.end_ms == AT


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Apia"])
def test_it_answers_four_hundred_days_at_once(zone: str) -> None:
    asked = days(QueryDict(f"start_time=2024-10-01&end_time=2025-11-05&timezone={zone}"), AT)

    assert asked.start_ms < asked.end_ms


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Apia"])
def test_it_refuses_more_than_four_hundred_days(zone: str) -> None:
    query = f"start_time=2024-10-01&end_time=2025-11-05T00:01&timezone={zone}"

    assert refusal(query, AT) == f"An answer holds at most {MAX_DAYS} days: ask for them in parts."
