import pytest

from viewers.admin import wording


@pytest.mark.parametrize(
    ("ms", "said"),
    [(0, "0:00:00"), (59_999, "0:00:59"), (3_600_000, "1:00:00"), (173_045_000, "48:04:05"), (-5, "0:00:00")],
)
def test_it_counts_hours_past_a_day(ms: int, said: str) -> None:
    assert wording.duration(ms) == said


def test_it_says_rates_in_bits() -> None:
    assert wording.megabits(447_669) == "3.58 Mbit/s"
    assert wording.megabits(None) == "–"


@pytest.mark.parametrize(("count", "said"), [(999, "999 B"), (1000, "1.0 kB"), (5_300_000_000, "5.3 GB")])
def test_it_says_sizes_in_decimal_units(count: int, said: str) -> None:
    assert wording.size(count) == said


def test_it_says_times_to_the_second() -> None:
    assert "2026-02-05 09:21:51</time>" in wording.moment(1_770_283_311_253)


def test_it_survives_a_time_beyond_the_calendar() -> None:
    assert wording.moment(2**62) == str(2**62)
