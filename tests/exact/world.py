"""What the database holds, in the words of the model."""

from collections.abc import Iterable

from accounts.models import Account, App, Source
from analytics.models import IngestInterval, LivestreamSession, ViewInterval
from ingest.events import Event
from ingest.fold import connection_key
from ingest.record import connection_secret
from tests.exact.model import Piece, Sign
from viewers.models import ViewerSession

# A Wednesday at noon, away from every bucket's edge.
ZERO = 1_770_811_205_123
SECOND = 1000


def source(*, interval_s: int = 20, app: App | None = None, name: str = "player", **fields: object) -> Source:
    if app is None:
        account, _ = Account.objects.get_or_create(public_id="acme", defaults={"name": "Acme"})
        app, _ = App.objects.get_or_create(account=account, public_id="live", defaults={"name": "Live"})
    fields.setdefault("sees_publishers", True)
    return Source.objects.create(app=app, name=name, interval_s=interval_s, **fields)


def event(sign: Sign, kind: str = "view") -> Event:
    # A start says no more than an update does, but is believed at first to be of somebody new.
    going = "start" if sign.at % 2 else "update"
    return Event(
        type=f"{kind}.{'stop' if sign.stop else going}",  # type: ignore[arg-type]
        connection_id=sign.connection,
        stream_key=sign.stream,
        at=sign.at,
        since=None if sign.start == sign.at else sign.start,
    )


def keys(signs: Iterable[Sign], of: Source) -> dict[tuple[str, str], bytes]:
    return {
        (s.connection, s.stream): connection_key(connection_secret(), of.pk, "", s.connection, s.stream)
        for s in signs
    }


def viewings() -> list[Piece]:
    """Every viewing that the database knows, live (end None) and past."""
    live = [Piece(s.connection_id, s.stream_key, s.started_ms, None) for s in ViewerSession.objects.all()]
    past = [
        Piece(v.connection_id, v.stream_key, v.started_ms, v.ended_ms) for v in ViewInterval.objects.all()
    ]
    return sorted(live + past, key=_order)


def publishings() -> list[Piece]:
    rows = IngestInterval.objects.filter(inferred=False)
    return sorted((Piece(r.connection_id, r.stream_key, r.started_ms, r.ended_ms) for r in rows), key=_order)


def broadcasts() -> list[tuple[str, int, int | None]]:
    rows = LivestreamSession.objects.select_related("livestream")
    return sorted(
        ((r.livestream.stream_key, r.started_ms, r.ended_ms) for r in rows), key=lambda row: (row[0], row[1])
    )


def ordered(pieces: Iterable[Piece]) -> list[Piece]:
    return sorted(pieces, key=_order)


def _order(piece: Piece) -> tuple[str, str, int, int]:
    return piece.connection, piece.stream, piece.start, -1 if piece.end is None else piece.end
