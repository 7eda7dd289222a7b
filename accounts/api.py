"""What the views of all APIs have in common: JSON in and out, who may call, how often, and errors."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from rest_framework import status
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import HasScope, SessionAuthentication, TokenAuthentication
from accounts.errors import realtimekit_errors, storm_errors
from accounts.models import Scope
from accounts.throttles import ApiQuota


class ApiView(APIView):
    """Needs the scope `read` unless a view says otherwise; errors are `{"message": …}`."""

    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [HasScope(Scope.READ)]
    throttle_classes = [ApiQuota]
    renderer_classes = [JSONRenderer]
    parser_classes = [JSONParser]

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response]:
        return storm_errors

    def options(self, request: HttpRequest | Request, *args: Any, **kwargs: Any) -> Response:
        """Only what the method is for; the framework's own answer quotes docstrings."""
        return Response(status=status.HTTP_204_NO_CONTENT)


class RealtimeKitView(ApiView):
    """The same, with errors as that API's clients read them."""

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response]:
        return realtimekit_errors
