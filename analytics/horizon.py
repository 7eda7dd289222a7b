"""How far back single viewings are kept."""

from django.conf import settings

from accounts.models import App
from analytics.models import PurgeHorizon

DAY_MS = 86_400_000


def retention_ms(app: App) -> int:
    return (app.retention_days or int(settings.RETENTION_DAYS)) * DAY_MS


def earliest_start(app: App, now: int) -> int:
    """Nothing may begin before this instant (ms): what lies behind it is purged, or is about to be."""
    purged = PurgeHorizon.objects.filter(app=app).values_list("horizon_ms", flat=True).first()
    return max(purged or 0, now - retention_ms(app))
