"""All of the product's paths, and a yardstick for them: a view that asks who is asking, and does nothing."""

from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import ApiView


class Nothing(ApiView):
    def get(self, request: Request) -> Response:
        return Response({"data": None})


urlpatterns = [path("nothing", Nothing.as_view()), path("", include("config.urls"))]
