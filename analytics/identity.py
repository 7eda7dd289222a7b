"""Ids that every writer computes alike, so that nobody has to ask the database for them."""

import uuid
from hashlib import blake2b

WHOLE_APP = uuid.UUID(int=0)


def livestream_id(app_id: int, stream_key: str) -> uuid.UUID:
    key = f"livestream\n{app_id}\n{stream_key}".encode()
    return uuid.UUID(bytes=blake2b(key, digest_size=16).digest())
