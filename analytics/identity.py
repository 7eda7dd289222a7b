"""Ids that every writer computes alike, so that nobody has to ask the database for them."""

import uuid

from viewers.stream_ids import livestream_id

__all__ = ["WHOLE_APP", "livestream_id"]

WHOLE_APP = uuid.UUID(int=0)
