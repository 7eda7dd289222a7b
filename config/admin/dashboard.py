"""The admin's start page: how many watch, who reports, and how the server is.

Staff see the figures of their own accounts. What is about the server as a whole is for superusers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse

from accounts.clock import now_ms
from accounts.models import App, Source, SourceKind
from analytics.models import LivestreamSession
from config import diagnosis
from config.diagnosis import Finding
from config.health import HEARTBEAT_MAX_AGE_MS
from viewers import snapshot
from viewers.admin import wording
from viewers.admin.scope import sees_everything, visible_apps
from viewers.pages import marked_code
from viewers.snapshot.counts import NOBODY, Totals

# The page is for a look: lists lead to the rest.
APPS = 10
SOURCES = 30
# A poll may be late by as many of its intervals before it is missed.
LATE_POLLS = 3


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """What the start page shows."""
    apps, now = visible_apps(request), now_ms()
    return {
        "live": live(apps, now),
        "on_air": on_air(apps),
        "sources": sources(apps, now),
        "findings": [shown(each) for each in diagnosis.examine()] if sees_everything(request.user) else [],
    }


def live(apps: Mapping[int, App], now: int) -> dict[str, Any]:
    """Viewers of the newest snapshot, together and by app: the most watched first."""
    taken = snapshot.current(settings.SNAPSHOT_DIR)
    if taken is None:
        return {"known": False, "total": _figures(NOBODY), "streams": "0", "apps": []}
    # App by app: merging their places, as the map does, is more than sums need.
    views = {pk: taken.view([pk]) for pk in apps if pk in taken.audiences}
    totals = {pk: view.totals for pk, view in views.items()}
    streams = {pk: len(view.audience.stream_keys) for pk, view in views.items()}
    watched = sorted(totals, key=lambda pk: -totals[pk].viewers)
    return {
        "known": True,
        "age": wording.span(now - taken.taken_ms),
        "old": now - taken.taken_ms > HEARTBEAT_MAX_AGE_MS,
        "total": _figures(_sum(totals.values())),
        "streams": f"{sum(streams.values()):,}",
        "apps": [{"app": apps[pk], "streams": streams[pk], **_figures(totals[pk])} for pk in watched[:APPS]],
        "more_apps": max(0, len(watched) - APPS),
    }


def _sum(totals: Iterable[Totals]) -> Totals:
    return Totals(*(sum(column) for column in zip(NOBODY, *totals, strict=True)))


def _figures(totals: Totals) -> dict[str, Any]:
    return {
        "viewers": f"{totals.viewers:,}",
        "located": f"{totals.located:,}",
        "unlocated": f"{totals.unlocated:,}",
        "bandwidth": wording.bandwidth(totals.bandwidth),
        "health": wording.health(totals.mean_health),
    }


def on_air(apps: Collection[int]) -> int:
    """Livestreams that are broadcast now."""
    open_now = LivestreamSession.objects.filter(app_id__in=list(apps), ended_ms__isnull=True)
    return open_now.values("livestream_id").distinct().count()


def sources(apps: Collection[int], now: int) -> list[dict[str, Any]]:
    """Who reports, and how it stands with each: the heard of latest first, those never heard of last."""
    latest = F("last_event_ms").desc(nulls_last=True)
    rows = Source.objects.filter(app_id__in=list(apps)).select_related("app").order_by(latest, "pk")
    return [
        {
            "name": row.name,
            "url": reverse("admin:accounts_source_change", args=[row.pk]),
            "app": row.app,
            "kind": row.get_kind_display(),
            "event": _ago(row.last_event_ms, now),
            "poll": _ago(row.last_poll_ms, now) if row.poll_url else "",
            **dict(zip(("level", "state"), state(row, now), strict=True)),
        }
        for row in rows[:SOURCES]
    ]


def state(source: Source, now: int) -> tuple[str, str]:
    """How it stands with a source: a level as findings have it, and a few words."""
    if source.poll_url and source.kind == SourceKind.NGINX_RTMP:
        if source.last_poll_error:
            return "fail", f"polls fail: {source.last_poll_error}"
        if source.last_poll_ms is None:
            return "warn", "not polled yet"
        if now - source.last_poll_ms > LATE_POLLS * 1000 * source.interval_s:
            return "warn", "not polled lately"
        return "ok", "answers polls"
    if source.last_event_ms is None:
        return "none", "never heard of"
    # Without heartbeats silence says nothing: events come when something happens.
    if source.heartbeats and now - source.last_event_ms > source.silence_ms:
        return "warn", f"silent for {wording.span(now - source.last_event_ms)}"
    return "ok", "reports"


def _ago(at_ms: int | None, now: int) -> str:
    return wording.NOTHING if at_ms is None else f"{wording.span(now - at_ms)} ago"


def shown(finding: Finding) -> dict[str, Any]:
    """For the page: commands, which stand in backticks, as code."""
    return {
        "level": finding.level,
        "subject": finding.subject.capitalize(),
        "message": marked_code(finding.message),
    }
