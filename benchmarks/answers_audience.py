"""The audience of `benchmarks.answers`: it joins, and reports again and again, both through `record()`."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

BATCH = 10_000
PATIENCE_S = 120


def filled(given: argparse.Namespace) -> tuple[int, str]:
    """The source that reports, and a token that reads, in a database where the viewers already watch."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import Account, ApiToken, App, Source
    from ingest.record import record

    call_command("migrate", interactive=False, verbosity=0)
    account = Account.objects.create(name="Bench")
    app = App.objects.create(account=account, name="Bench")
    # Without heartbeats nobody is silent for too long while this runs.
    source = Source.objects.create(app=app, name="players", heartbeats=False, sees_publishers=True)
    began = time.monotonic()
    for batch in batches(given, "view.start"):
        record(batch, source, time.time_ns() // 1_000_000)
    print(f"{given.viewers:,} viewers joined in {time.monotonic() - began:.0f} s")
    connection.cursor().execute("VACUUM ANALYZE viewers_viewersession")
    connection.close()
    return source.pk, ApiToken.issue(account=account, app=app, scopes=["read"])[1]


def batches(given: argparse.Namespace, kind: Any) -> Iterator[list[Any]]:
    """Everybody's report, a batch at a time."""
    import numpy as np

    from benchmarks.scattered import audience
    from ingest.events import Event

    random = np.random.default_rng(1)
    viewers = audience(given.viewers, given.places, given.streams, random)
    for first in range(0, given.viewers, BATCH):
        rows = zip(*(column[first : first + BATCH].tolist() for column in viewers), strict=True)
        yield [
            Event(
                type=kind,
                connection_id=f"v_{number:016x}",
                stream_key=f"stream-{stream}",
                position=(latitude, longitude),
                protocol="hls",
                player="hls.js",
                out_bandwidth=bandwidth,
                health_score=health,
            )
            for number, (latitude, longitude, _, stream, bandwidth, health) in enumerate(rows, first)
        ]


def report(given: argparse.Namespace) -> None:
    """Reports for the viewers again and again, so many a second, until it is ended."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from accounts.models import Source
    from ingest.record import record

    source = Source.objects.get(pk=given.source)
    kept = list(batches(given, "view.update"))
    began, sent = time.monotonic(), 0
    while True:
        for batch in kept:
            time.sleep(max(0.0, began + sent / given.events - time.monotonic()))
            record(batch, source, time.time_ns() // 1_000_000)
            sent += len(batch)
            print(f"{sent} {time.monotonic() - began}", flush=True)


@contextmanager
def reporting(given: argparse.Namespace, source: int) -> Iterator[None]:
    options = [f"--{name}={getattr(given, name)}" for name in ("viewers", "places", "streams", "events")]
    command = [sys.executable, "-m", "benchmarks.answers_audience", *options, f"--source={source}"]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.lifeline", *command], stdout=said, stderr=subprocess.STDOUT
        )
        try:
            until = time.monotonic() + PATIENCE_S
            while not said.tell() and process.poll() is None and time.monotonic() < until:
                time.sleep(0.2)
                said.seek(0, os.SEEK_END)
            yield
        finally:
            process.terminate()
            process.wait(30)
        said.seek(0)
        sent, seconds = said.read().split("\n")[-2].split()
        print(f"  {int(sent) / float(seconds):,.0f} reports a second were recorded")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("viewers", "places", "streams", "events", "source"):
        parser.add_argument(f"--{name}", type=int, required=True)
    report(parser.parse_args())
