"""What stands in the paths of the cluster API."""

from django.urls.converters import StringConverter


class StreamKeyConverter(StringConverter):
    """A stream key: any text, with slashes (`live/concert`, as nginx-rtmp has them) and line breaks."""

    regex = r"[\s\S]+"
