"""The id of an app's stream, which every writer and reader computes alike instead of asking the database."""

import uuid
from functools import lru_cache
from hashlib import blake2b


# Asked for every viewing that begins or ends; streams are few.
@lru_cache(maxsize=10_000)
def livestream_id(app_id: int, stream_key: str) -> uuid.UUID:
    key = f"livestream\n{app_id}\n{stream_key}".encode()
    return uuid.UUID(bytes=blake2b(key, digest_size=16).digest())
