"""Viewers' runs into the live table and history, and what that changes in the ledger."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

from accounts.models import Source
from analytics import history
from analytics.history import Viewing
from analytics.horizon import earliest_start
from analytics.ledger import Deltas
from analytics.models import LedgerKind
from analytics.retention import LEAST_MS
from ingest.fold import Signs
from viewers.geolocation import places
from viewers.geolocation.places import Place
from viewers.sessions import live_table
from viewers.sessions.newcomers import Newcomers
from viewers.sessions.runs import BareRun, Run, Watched, cuts
from viewers.sessions.settle import cut, settle


def apply(signs: Signs, source: Source, now: int, deltas: Deltas) -> list[Watched]:
    """Write one source's signs. Returns what began, changed or ended a viewing."""
    settled = live_table.extend(signs.alone("view.update"), source)
    stopped = history.stop(signs.alone("view.stop"), source)
    _count(deltas, source.app_id, stopped, starts=False)
    settled |= {viewing.id for viewing in stopped}
    begun, careful = _begin(signs.newcomers(), source, now, deltas)
    settled |= {viewing.id for viewing in begun}
    runs = signs.runs(without=settled)
    return [*stopped, *begun, *(fold(runs, source, now, deltas, careful) if runs else [])]


def _begin(new: Newcomers, source: Source, now: int, deltas: Deltas) -> tuple[list[BareRun], set[bytes]]:
    """Begin the viewings of many who say that they are new: those, and the ids that now need care."""
    if not live_table.believed(new):
        return [], set()
    new.counted = source.counts_viewers
    new.places = _places(new.positions, new.ips)
    if not live_table.begin(new, source):
        return [], set()
    begun, silence_ms = new.begun(), source.silence_ms
    careful = {each.id for each in begun if _needs_care(each, silence_ms, now)}
    near = {each.id: each.started - silence_ms for each in begun if each.id not in careful}
    careful |= {viewing.run.id for viewing in history.near(near)}
    plain = [each for each in begun if each.id not in careful] if careful else begun
    _count(deltas, source.app_id, plain, ends=False)
    return plain, careful


def fold(
    runs: Sequence[Run], source: Source, now: int, deltas: Deltas, begun: Collection[bytes] = ()
) -> list[Run]:
    """Write signs that may begin, change or end a viewing: sorted by connection and time.

    ``begun`` has the ids of those whose live rows were begun by this very batch, and need care.
    """
    grouped = [list(group) for _, group in groupby(runs, key=lambda run: run.id)]
    for run in runs:
        run.counted = source.counts_viewers
    _find_places(run for run in runs if run.announced)
    latest = {group[-1].id: group[-1] for group in grouped}
    touched = live_table.touch([run for id, run in latest.items() if id not in begun], source)
    careful = {
        group[-1].id: group for group in grouped if len(group) > 1 or group[-1].id not in touched.taken
    }
    new = [latest[id] for id in touched.inserted]
    silence_ms = source.silence_ms
    careful |= {run.id: [run] for run in new if run.id not in careful and _needs_care(run, silence_ms, now)}
    past = history.near({run.id: run.started - silence_ms for run in new if run.id not in careful})
    careful |= {viewing.run.id: [latest[viewing.run.id]] for viewing in past}

    plain = [run for run in new if run.id not in careful]
    _locate(plain)
    _count(deltas, source.app_id, plain, ends=False)
    ended = live_table.take(touched.over - careful.keys())
    history.add(source.app_id, [(source.pk, run) for run in ended])
    _count(deltas, source.app_id, ended, starts=False)
    inserted = touched.inserted.union(begun)
    changed = _carefully(careful, inserted, source, now, deltas) if careful else []
    return [*plain, *ended, *changed]


def end(app_id: int, runs: Iterable[tuple[int, Run]], deltas: Deltas) -> None:
    """Runs, each with its source's id, that were taken from the living are over."""
    gone = [(source_id, cut(run)) for source_id, run in runs]
    history.add(app_id, [(source_id, piece) for source_id, pieces in gone for piece in pieces])
    _count(deltas, app_id, [piece for _, pieces in gone for piece in pieces], starts=False)
    # The first began when the run did.
    _count(deltas, app_id, [piece for _, pieces in gone for piece in pieces[1:]], ends=False)


def _find_places(runs: Iterable[Run]) -> None:
    wanted = [run for run in runs if run.place is None]
    found = _places([run.position for run in wanted], [run.ip for run in wanted])
    for run, place in zip(wanted, found, strict=True):
        run.place = place


def _places(positions: Sequence[tuple[float, float] | None], ips: Sequence[str | None]) -> list[Place | None]:
    """A viewer is located once, when its session begins. A position that the sender knows wins."""
    if not any(positions):
        return places.locate_each(ips)
    pairs = list(zip(positions, ips, strict=True))
    found = places.locate_each(None if position else ip for position, ip in pairs)
    return [
        places.locate_position(*position) if position else place
        for (position, _), place in zip(pairs, found, strict=True)
    ]


def _needs_care(viewing: Watched, silence_ms: int, now: int) -> bool:
    """A viewing that begins is cut, or was silent for too long before it arrived."""
    started, end = viewing.started, viewing.end
    return now - end > silence_ms or (started < end and bool(cuts(viewing.id, started, end)))


def _locate(begun: Iterable[Run]) -> None:
    late = [run for run in begun if not run.announced]
    _find_places(late)
    live_table.locate([run for run in late if run.place])


def _carefully(
    careful: dict[bytes, list[Run]], inserted: set[bytes], source: Source, now: int, deltas: Deltas
) -> list[Run]:
    """Settle connections whose signs came late, after a stop, a silence or a cut. Their rows are locked."""
    live = {run.id: run for run in live_table.take(careful)}
    since = {id: min(run.started for run in runs) - source.silence_ms for id, runs in careful.items()}
    past: dict[bytes, list[Viewing]] = {id: [] for id in careful}
    for viewing in history.near(since):
        past[viewing.run.id].append(viewing)
    _find_places(run for runs in careful.values() for run in runs)
    outdated: list[Viewing] = []
    over: list[Run] = []
    living: list[Run] = []
    for id, runs in careful.items():
        before = [viewing.run for viewing in past[id]]
        # A row that this very batch began is no earlier state: its run is among the new ones.
        standing = [] if id in inserted or id not in live else [live[id]]
        settled = settle([*before, *standing, *runs], source.silence_ms, now)
        kept = {viewing.row: viewing for viewing in past[id] if viewing.run in settled.past}
        outdated += [viewing for viewing in past[id] if viewing.row not in kept]
        over += [run for run in settled.past if run not in [viewing.run for viewing in kept.values()]]
        living += [settled.live] if settled.live else []
        _count(deltas, source.app_id, standing, ends=False, sign=-1)
    history.remove(outdated)
    history.add(source.app_id, [(source.pk, run) for run in over])
    live_table.put(living, source)
    _count(deltas, source.app_id, [viewing.run for viewing in outdated], sign=-1)
    _count(deltas, source.app_id, over)
    _count(deltas, source.app_id, living, ends=False)
    taken = [live[id] for id in careful if id in live and id not in inserted]
    moved = _moved([viewing.run for viewing in outdated], taken, over, living)
    if moved and min(moved) < now - LEAST_MS:
        oldest = earliest_start(source.app, now)
        moved = {max(at, oldest) for at in moved}
    deltas.moved(source.app_id, moved)
    return [*over, *living]


def _moved(past: Sequence[Run], live: Sequence[Run], over: Sequence[Run], living: Sequence[Run]) -> set[int]:
    """The instants at which something begins or ends in another place than before.

    Of one batch a viewing that is taken away and another that is added can leave every sum as it was.
    """
    before, after = (
        Counter(
            [
                *((run.started, 1, run.place and run.place.code) for run in (*ended, *going) if run.counted),
                *((run.end, -1, run.place and run.place.code) for run in ended if run.counted),
            ]
        )
        for ended, going in ((past, live), (over, living))
    )
    return {at for at, _, _ in (before - after) + (after - before)}


def _count(
    deltas: Deltas,
    app_id: int,
    viewings: Iterable[Watched],
    *,
    starts: bool = True,
    ends: bool = True,
    sign: int = 1,
) -> None:
    counted = [viewing for viewing in viewings if viewing.counted]
    deltas.add_each(
        app_id,
        LedgerKind.VIEW,
        [viewing.stream_key for viewing in counted],
        starts=[viewing.started for viewing in counted] if starts else [],
        ends=[viewing.end for viewing in counted] if ends else [],
        sign=sign,
    )
