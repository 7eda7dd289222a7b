"""Where nobody reports publishers, a stream is on the air as long as somebody watches it."""

from django.db import connection, transaction
from django.db.models import Exists, Max, Min, OuterRef

from accounts.models import App, Source
from analytics import livestreams, publishers
from analytics.ledger import Deltas
from viewers.models import ViewerSession
from viewers.sessions.runs import Run


def keep_alive(now: int) -> None:
    """Let the live viewers of such apps be signs of their streams' inferred publishers.

    Viewings that begin and end speak for themselves as they are recorded; in between their streams need this.
    """
    seen = Source.objects.filter(app=OuterRef("pk"), sees_publishers=True)
    for app in App.objects.filter(~Exists(seen)):
        source = app.sources.order_by("pk").first()
        if source is None:
            continue
        watched = ViewerSession.objects.filter(app=app).order_by().values("stream_key")
        spans = watched.annotate(first=Min("started_ms"), last=Max("last_ms"))
        signs = [
            Run(
                id=bytes(16),
                connection_id="",
                stream_key=row["stream_key"],
                started=row["first"],
                last=row["last"],
            )
            for row in spans
        ]
        if signs:
            _record(signs, source, now)


def _record(signs: list[Run], source: Source, now: int) -> None:
    deltas = Deltas()
    with transaction.atomic():
        livestreams.ensure(source.app_id, signs, now)
        publishers.infer(signs, source, now, deltas)
        with connection.cursor() as cursor:
            deltas.write(cursor)
