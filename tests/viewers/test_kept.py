"""Answers kept from a snapshot: made once, bounded, never mistaken for one another's."""

import threading

import pytest

from viewers.snapshot.kept import Kept


def test_it_makes_each_answer_once() -> None:
    kept, made = Kept(), []

    def make() -> bytes:
        made.append(1)
        return b"answer"

    assert [kept.get("key", make) for _ in range(3)] == [b"answer"] * 3
    assert len(made) == 1
    assert kept.get("other", lambda: b"other") == b"other"


def test_threads_that_ask_at_once_wait_for_one() -> None:
    kept, made, asked = Kept(), [], threading.Event()

    def make() -> bytes:
        made.append(1)
        asked.wait(5)
        return b"answer"

    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(kept.get("key", make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    asked.set()
    for thread in threads:
        thread.join()
    assert (found, len(made)) == ([b"answer"] * 8, 1)


def test_it_makes_again_what_failed() -> None:
    kept = Kept()

    def fail() -> bytes:
        raise RuntimeError("no database")

    with pytest.raises(RuntimeError):
        kept.get("key", fail)
    assert kept.get("key", lambda: b"answer") == b"answer"


def test_it_forgets_what_was_not_asked_for_longest() -> None:
    kept = Kept(most_bytes=10)
    made: list[str] = []

    def ask(key: str) -> None:
        def make() -> bytes:
            made.append(key)
            return b"four"

        kept.get(key, make)

    for key in ("a", "b", "a", "c", "a", "b"):
        ask(key)
    assert made == ["a", "b", "c", "b"]


def test_it_keeps_nothing_that_is_too_large_alone() -> None:
    kept = Kept(most_bytes=3)
    assert kept.get("key", lambda: b"four") == b"four"
    assert kept.get("key", lambda: b"five") == b"five"
