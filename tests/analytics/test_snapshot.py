"""One consistent view of the database for all statements of one answer."""

import pytest
from django.db import connection, transaction

from analytics.snapshot import snapshot


def mode() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')"
        )
        isolation, read_only = cursor.fetchone()
    return isolation, read_only


@pytest.mark.django_db(transaction=True)
def test_it_reads_repeatably_inside_and_leaves_the_connection_as_it_was() -> None:
    with snapshot():
        assert mode() == ("repeatable read", "on")
    with transaction.atomic():
        assert mode() == ("read committed", "off")


@pytest.mark.django_db(transaction=True)
def test_it_leaves_the_connection_as_it_was_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), snapshot():
        raise ZeroDivisionError
    assert mode() == ("read committed", "off")


@pytest.mark.django_db(transaction=True)
def test_it_holds_on_a_connection_that_had_to_be_made_anew() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
    connection.connection.close()
    connection.health_check_enabled = True  # type: ignore[attr-defined]
    connection.health_check_done = False  # type: ignore[attr-defined]
    with snapshot():
        assert mode() == ("repeatable read", "on")


@pytest.mark.django_db
def test_it_is_part_of_a_transaction_that_goes_on_already() -> None:
    with snapshot():
        assert mode() == ("read committed", "off")
