"""How many last how long, against the estimate's definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.arithmetic import Integers
from analytics.survival import shares

LENGTHS = st.integers(0, 12)


def grouped(lengths: list[tuple[int, bool]]) -> tuple[Integers, Integers, Integers]:
    """Columns: the length, how many are over after it, how many go on."""
    distinct = sorted({length for length, _ in lengths}, reverse=True)
    rows = [(each, lengths.count((each, True)), lengths.count((each, False))) for each in distinct]
    length, over, going_on = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return length, over, going_on


def defined(lengths: list[tuple[int, bool]], at: int) -> float | None:
    """The product over the ends before ``at`` of the share of those followed so long that go on."""
    share = 1.0
    for end in sorted({length for length, over in lengths if over and length < at}):
        followed = sum(length >= end for length, _ in lengths)
        share *= 1 - lengths.count((end, True)) / followed
    return share if share == 0 or any(length >= at for length, _ in lengths) else None


@given(st.lists(st.tuples(LENGTHS, st.booleans()), min_size=1, max_size=30))
def test_it_multiplies_as_the_estimate_is_defined(lengths: list[tuple[int, bool]]) -> None:
    found = shares(*grouped(lengths), np.arange(15))
    assert found == [
        expected if expected is None else pytest.approx(expected)
        for expected in (defined(lengths, at) for at in range(15))
    ]


@given(st.lists(LENGTHS, min_size=1, max_size=30))
def test_it_is_the_plain_share_where_all_are_over(lengths: list[int]) -> None:
    found = shares(*grouped([(length, True) for length in lengths]), np.arange(15))
    assert found == pytest.approx(
        [sum(length >= at for length in lengths) / len(lengths) for at in range(15)]
    )
