"""Several writers at once, over the same connections."""

import random
import threading

import pytest
from django.db import connection

from analytics import totals
from analytics.verify import verify
from ingest.record import record
from ingest.sweep import sweep
from tests.exact import model, world
from tests.exact.model import Sign
from tests.exact.world import SECOND, ZERO

WRITERS = 4
NOW = ZERO + 1_000 * SECOND


def history(seed: int) -> list[Sign]:
    draw = random.Random(seed)
    signs = []
    for number in range(60):
        at = 0
        while at < 900:
            stop = draw.random() < 0.1
            signs.append(Sign(f"v{number}", f"s{number % 3}", ZERO + at * SECOND, ZERO + at * SECOND, stop))
            at += draw.choice([5, 15, 30, 59, 61, 120])
    return signs


@pytest.mark.django_db(transaction=True)
def test_four_writers_of_permuted_batches_give_what_one_gives() -> None:
    source = world.source(interval_s=20)
    signs = history(7)
    failures: list[Exception] = []

    def write(seed: int) -> None:
        draw = random.Random(seed)
        # Each writer tells half of the history, so that most of it is told by several.
        own = draw.sample(signs, len(signs) // 2) if seed else list(signs)
        draw.shuffle(own)
        try:
            for first in range(0, len(own), 40):
                record([world.event(sign) for sign in own[first : first + 40]], source, NOW)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[seed]) for seed in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    sweep(NOW, 0)
    expected = model.sessions(signs, 60 * SECOND, NOW, world.keys(signs, source))
    assert world.viewings() == world.ordered(expected)
    found = totals.between(source.app, ZERO, NOW, NOW)
    assert found.viewer_ms == model.watched(expected, ZERO, NOW, NOW)
    assert list(verify(source.app)) == []
