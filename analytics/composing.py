"""What happens in many windows at once, each composed of its parts, as arrays. Times are ms.

See ``analytics.arithmetic`` for one window at a time: ``Stretch`` and ``highest``.
"""

from typing import NamedTuple

import numpy as np

from analytics.arithmetic import Integers


class Windows(NamedTuple):
    """Columns of equal length: half-open windows, numbered by their place."""

    start: Integers
    end: Integers


class Parts(NamedTuple):
    """Columns of equal length: buckets that lie within a window, and (of size 0) single instants.

    ``peak`` is the highest running count relative to the one just before the part, as in the ledger.
    """

    window: Integers
    at: Integers
    size: Integers
    starts: Integers
    ends: Integers
    area: Integers
    peak: Integers


class Composed(NamedTuple):
    """Columns of equal length, one entry for each window."""

    watched: Integers
    begun: Integers
    peak: Integers


def instants(window: Integers, at: Integers, starts: Integers, ends: Integers) -> Parts:
    """Parts of what happens at single instants, one for each window and instant."""
    nothing = np.zeros_like(at)
    return Parts(window, at, nothing, starts, ends, nothing, starts - ends)


def joined(parts: list[Parts]) -> Parts:
    return Parts(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def composed(windows: Windows, active: Integers, parts: Parts) -> Composed:
    """Of each window, with ``active`` going on just before it: the time (ms) that all together took within
    it, how many began within it, and the highest count.
    """
    watched = active * (windows.end - windows.start)
    begun = np.zeros_like(active)
    peak = np.where(windows.start < windows.end, active, 0)
    if not len(parts.at):
        return Composed(watched, begun, peak)
    order = np.lexsort((parts.at, parts.window))
    parts = Parts(*(column[order] for column in parts))
    net = parts.starts - parts.ends
    within = parts.area + net * (windows.end[parts.window] - parts.at - parts.size)
    first = np.flatnonzero(np.r_[True, parts.window[1:] != parts.window[:-1]])
    which = parts.window[first]
    before = net.cumsum() - net
    above = np.maximum.reduceat(before + parts.peak, first) - before[first]
    # The count just before the window is one of its values, unless something happens exactly at its start.
    above = np.where(parts.at[first] > windows.start[which], np.maximum(above, 0), above)
    watched[which] += np.add.reduceat(within, first)
    begun[which] = np.add.reduceat(parts.starts, first)
    peak[which] += above
    return Composed(watched, begun, peak)
