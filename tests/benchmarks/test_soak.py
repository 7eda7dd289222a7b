"""What the soak expects of the totals, against sums by hand."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.soak_audience import SLOTS, Audience, Pace, Session, Sessions, Watched, telling

T0 = 1_800_000_000_000


def watched(*intervals: tuple[int, int]) -> Watched:
    over = Sessions()
    for start, end in intervals:
        over.add(Session(T0 + start, T0 + end))
    return Watched(over)


def sessions_of(*signs: int) -> list[tuple[int, int]]:
    over = Sessions()
    session = Session(T0 + signs[0], T0 + signs[0])
    for at in signs[1:]:
        session.sign(T0 + at, over)
    over.add(session)
    return [(start - T0, end - T0) for start, end in zip(over.starts, over.ends, strict=True)]


def test_it_joins_signs_of_which_none_is_later_than_t_after_another() -> None:
    assert sessions_of(0, 15_000, 60_000) == [(0, 60_000)]


def test_it_ends_a_session_at_the_last_sign_before_a_longer_silence() -> None:
    assert sessions_of(0, 15_000, 60_001, 70_000) == [(0, 15_000), (60_001, 70_000)]


intervals = st.tuples(st.integers(0, 5000), st.integers(0, 5000)).map(lambda pair: (min(pair), max(pair)))


@given(st.lists(intervals, max_size=30), intervals)
def test_it_sums_what_each_session_has_of_a_window(
    sessions: list[tuple[int, int]], window: tuple[int, int]
) -> None:
    first, last = window
    overlaps = [max(min(end, last) - max(start, first), 0) for start, end in sessions]
    assert watched(*sessions).between(T0 + first, T0 + last) == sum(overlaps)


def test_it_counts_millions_of_sessions_without_leaving_64_bits() -> None:
    over = Sessions()
    starts = np.full(6_000_000, T0, np.int64)
    over.extend(starts.tobytes(), (starts + 90_001).tobytes())
    assert Watched(over).between(0, T0 + 90_001) == 6_000_000 * 90_001


def test_it_finds_windows_in_which_a_millisecond_is_another_second() -> None:
    found = watched((0, 61_234), (17, 50_777), (20_003, 70_001))
    end = T0 + 71_000
    assert [found.between(start, end) % 1000 for start in telling(found, end)] == [0, 999]


def played(rounds: int) -> tuple[Audience, list[dict[str, Any]]]:
    """An audience of 300 that reported every 15 s, and left."""
    audience = Audience(1, "sender", 300, 20, Pace())
    lines: list[str] = []
    for round_ in range(rounds):
        for slot in range(SLOTS):
            lines += audience.report(slot, T0 + round_ * 15_000 + slot * 500, round_)
    for slot in range(SLOTS):
        lines += audience.farewell(slot, T0 + rounds * 15_000 + slot)
    return audience, [json.loads(line) for line in lines]


@pytest.mark.parametrize("rounds", [1, Pace().ramp, 20])
def test_it_expects_what_its_signs_make(rounds: int) -> None:
    audience, events = played(rounds)
    signs: dict[str, list[int]] = {}
    for event in events:
        signs.setdefault(event["connectionId"], []).append(event["at"])
    expected = sorted((min(ats), max(ats)) for ats in signs.values())
    assert sorted(zip(audience.over.starts, audience.over.ends, strict=True)) == expected


def test_it_lets_viewers_come_stop_and_fall_silent() -> None:
    audience, events = played(20)
    kinds = [event["type"] for event in events]
    assert kinds.count("view.start") == audience.joined > 300
    assert 0 < kinds.count("view.stop") < audience.joined
    assert audience.present == 0


def test_it_lets_them_in_over_its_ramp_and_keeps_them_for_its_stay() -> None:
    audience = Audience(1, "sender", 300, 20, Pace(ramp=10, stay=100))
    present = []
    for round_ in range(12):
        for slot in range(SLOTS):
            list(audience.report(slot, T0 + round_ * 15_000 + slot * 500, round_))
        present.append(audience.present)
    assert present == [30 * min(round_ + 1, 10) for round_ in range(12)]
    assert audience.joined == 300
