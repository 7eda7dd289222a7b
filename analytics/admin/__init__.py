"""What was watched and broadcast, for those who ask what happened to a viewer or a stream."""

from analytics.admin import broadcasts, livestreams, viewings

__all__ = ["broadcasts", "livestreams", "viewings"]
