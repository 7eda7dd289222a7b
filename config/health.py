"""GET /healthz: what a load balancer asks. Says which part is not well, and nothing else."""

import time

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ingest.models import WorkerState

# The worker ticks every second; its longest jobs take a few.
HEARTBEAT_MAX_AGE_MS = 15_000


def unapplied_migrations() -> list[str]:
    """Names such as `viewers.0001_initial`. Raises DatabaseError when there is no answer."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def is_migrated() -> bool:
    """Remembers a yes for the process's life: looking reads every migration's file, and anybody may ask."""
    global _migrated
    _migrated = _migrated or not unapplied_migrations()
    return _migrated


_migrated = False


def worker_age_ms(now: int) -> int | None:
    """How long ago the worker gave a sign, or None when it never has."""
    ticked = WorkerState.objects.filter(name="worker").values_list("ticked_ms", flat=True).first()
    return None if ticked is None else now - ticked


def state(now: int) -> dict[str, bool]:
    """Which of database, migrations and worker is well at `now` (ms). Never raises."""
    well = {"database": False, "migrations": False, "worker": False}
    try:
        connection.ensure_connection()
        well["database"] = True
        well["migrations"] = is_migrated()
        if well["migrations"]:
            age = worker_age_ms(now)
            well["worker"] = age is not None and age < HEARTBEAT_MAX_AGE_MS
    except DatabaseError:
        # Parts that were not reached stay as they are: not known to be well.
        pass
    return well


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    well = state(time.time_ns() // 1_000_000)
    words = {name: "ok" if fine else "failing" for name, fine in well.items()}
    fine = all(well.values())
    return JsonResponse({"status": "ok" if fine else "failing", **words}, status=200 if fine else 503)
