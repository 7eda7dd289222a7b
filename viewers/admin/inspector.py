"""What happened to one viewer: told in the order of time, and by whom it was reported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import F
from django.urls import reverse

from accounts.models import ApiToken, Source
from viewers.admin import wording
from viewers.admin.audit import Ending
from viewers.models import Sighting
from viewers.sessions.runs import cuts

TOKENS = 10
# When a token was last used is noted once a minute.
NOTED_EVERY_MS = 60_000


class Moment(NamedTuple):
    """`kind` is for the eye: began, heard, ended, now or ahead."""

    at_ms: int
    kind: str
    words: str
    note: str = ""


def signs(row: Sighting, connection: UUID, endings: Iterable[Ending]) -> list[Moment]:
    """What is known of every run, living or past, but for how it stands or why it ended."""
    moments = [_first(row, connection), *_taken_back(row, endings)]
    # A stop is a sign, too: where nothing was heard since an earlier one, it alone is known.
    if row.last_ms != row.stop_ms:
        moments.append(Moment(row.last_ms, "heard", "Last sign of life"))
    return moments


def _first(row: Sighting, connection: UUID) -> Moment:
    if cuts(connection.bytes, row.started_ms - 1, row.started_ms + 1):
        return Moment(row.started_ms, "began", "Goes on from the piece before", "Viewings are cut weekly.")
    note = "By the time of receipt: its clock was off." if row.skewed else ""
    return Moment(row.started_ms, "began", "First sign", note)


def _taken_back(row: Sighting, endings: Iterable[Ending]) -> list[Moment]:
    heard_again = "Taken back: it was heard again."
    # Of a run that goes on a stop leaves no more than its instant.
    by_hand = [ending for ending in endings if row.started_ms <= ending.at_ms < row.last_ms]
    found = [Moment(end.at_ms, "ended", f"Ended by {end.by}, an operator", heard_again) for end in by_hand]
    if row.stop_ms is not None and row.stop_ms < row.last_ms and not _by_hand(row.stop_ms, by_hand):
        found.append(Moment(row.stop_ms, "ended", "Said it stopped", heard_again))
    return found


def _by_hand(stop_ms: int, endings: Iterable[Ending]) -> bool:
    return any(ending.at_ms == stop_ms for ending in endings)


def outlook(last_ms: int, silence_ms: int, now: int) -> list[Moment]:
    """Of a run that lives at `now`: how it stands, and when it would be over."""
    over, patience = last_ms + silence_ms, wording.span(silence_ms)
    if over < now:
        late = (
            f"Silent for longer than {patience}: with the worker's next sweep it is over, at its last sign."
        )
        return [Moment(now, "now", "Now: not heard", late)]
    watching = Moment(now, "now", "Now: watching", f"Last heard {wording.ago(now - last_ms)}.")
    return [watching, Moment(over, "ahead", "Over, unless heard before", f"After {patience} of silence.")]


def told(moments: Sequence[Moment]) -> list[dict[str, Any]]:
    """For the template, in order."""
    ordered = sorted(moments, key=lambda moment: moment.at_ms)
    begun = min(moment.at_ms for moment in moments)
    return [
        {
            **moment._asdict(),
            "at": wording.moment(moment.at_ms),
            "after": f"+{wording.duration(moment.at_ms - begun)}",
        }
        for moment in ordered
    ]


def reporters(user: User | AnonymousUser, source: Source | None, began: int, end: int) -> dict[str, Any]:
    """The tokens of a run's source, and which of them can have reported it in [began, end] (ms).

    A run keeps its source and not the token: tokens rotate.
    """
    if source is None or not user.has_perm("accounts.view_apitoken"):
        return {}
    newest_use = F("last_used_at").desc(nulls_last=True)
    tokens = list(ApiToken.objects.filter(source=source).order_by(newest_use, "-pk")[: TOKENS + 1])
    return {
        "tokens": [_reporter(token, began, end) for token in tokens[:TOKENS]],
        "more_tokens": len(tokens) > TOKENS,
    }


def _reporter(token: ApiToken, began: int, end: int) -> dict[str, Any]:
    made, used, revoked = (_ms(at) for at in (token.created_at, token.last_used_at, token.revoked_at))
    if made is not None and made > end:
        verdict = "no: made later"
    elif used is None:
        verdict = "no: never used"
    elif used < began - NOTED_EVERY_MS:
        verdict = "no: not used since"
    elif revoked is not None and revoked < began:
        verdict = "no: revoked before"
    else:
        verdict = "may have"
    return {
        "url": reverse("admin:accounts_apitoken_change", args=[token.pk]),
        "name": str(token),
        "hint": token.hint,
        "scopes": ", ".join(token.scopes),
        "used": wording.moment(used),
        "state": "revoked" if revoked is not None else "valid",
        "verdict": verdict,
    }


def _ms(at: datetime | None) -> int | None:
    return None if at is None else (at - wording.EPOCH) // timedelta(milliseconds=1)
