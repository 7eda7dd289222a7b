"""The ingest API's own refusals; their shape is that of the cluster API."""

from typing import Any

from django.db import InterfaceError, OperationalError
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from accounts.errors import storm_errors
from ingest.bodies import BodyError

# A statement's own failure is another matter: it would fail again.
DATABASE_DOWN = (OperationalError, InterfaceError)


class Refused(APIException):
    """A body that cannot be used, with the status it deserves."""

    def __init__(self, error: BodyError) -> None:
        self.status_code = error.status
        super().__init__(str(error))


class LengthRequired(APIException):
    status_code = 411
    default_detail = "Send the body with a Content-Length, not in chunks."


class Unavailable(APIException):
    status_code = 503
    default_detail = "The database does not answer, and nothing was kept: send this again."
    # Seconds, for Retry-After.
    wait = 5


def ingest_errors(exc: Exception, context: dict[str, Any]) -> Response:
    """A database that is down is no failure of the request: its sender sends it again."""
    return storm_errors(Unavailable() if isinstance(exc, DATABASE_DOWN) else exc, context)
