"""Columns of values as PostgreSQL binary arrays, for ``unnest``.

numpy lays ten thousand integers out in the wire format in microseconds; the driver's own list dumper looks at
each. Format: array_send() in PostgreSQL's src/backend/utils/adt/arrayfuncs.c.
"""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import RawCursor
from psycopg.adapt import Dumper
from psycopg.pq import Format

BOOL, INT8, TEXT, FLOAT8, UUID = 16, 20, 25, 701, 2950
_HEADER = struct.Struct(">iiiii")
_LENGTH = struct.Struct(">i")
_NULL = _LENGTH.pack(-1)


class PgArray(NamedTuple):
    """A one-dimensional array of elements of type ``oid``, as it travels."""

    oid: int
    data: bytes


def int8s(values: Sequence[int | None] | NDArray[np.int64]) -> PgArray:
    return PgArray(1016, _fixed(INT8, ">i8", values))


def float8s(values: Sequence[float | None]) -> PgArray:
    return PgArray(1022, _fixed(FLOAT8, ">f8", values))


def bools(values: Sequence[bool]) -> PgArray:
    return PgArray(1000, _fixed(BOOL, "u1", values))


def uuids(values: Sequence[bytes]) -> PgArray:
    """Of 16 bytes each."""
    rows = np.empty(len(values), dtype=[("length", ">i4"), ("value", "V16")])
    rows["length"] = 16
    rows["value"] = np.frombuffer(b"".join(values), dtype="V16")
    return PgArray(2951, _header(UUID, len(values), False) + rows.tobytes())


def texts(values: Sequence[str | None]) -> PgArray:
    packed: dict[str | None, bytes] = {None: _NULL}
    for value in set(values):
        if value is not None:
            data = value.encode()
            packed[value] = _LENGTH.pack(len(data)) + data
    body = b"".join([packed[value] for value in values])
    return PgArray(1009, _header(TEXT, len(values), True) + body)


def read_uuids(data: bytes | None) -> list[bytes]:
    """The elements of a uuid[] without nulls that came in binary; none for null."""
    if data is None or len(data) <= _HEADER.size:
        return []
    rows = np.frombuffer(data, dtype=[("length", ">i4"), ("value", "S16")], offset=_HEADER.size)
    raw = rows["value"].tobytes()
    return [raw[at : at + 16] for at in range(0, len(raw), 16)]


def read_int8s(data: bytes | None) -> NDArray[np.int64]:
    """The elements of a bigint[] without nulls that came in binary; none for null."""
    if data is None or len(data) <= _HEADER.size:
        return np.empty(0, dtype=np.int64)
    rows = np.frombuffer(data, dtype=[("length", ">i4"), ("value", ">i8")], offset=_HEADER.size)
    return rows["value"].astype(np.int64)


def _header(oid: int, count: int, nulls: bool) -> bytes:
    if count == 0:
        return struct.pack(">iii", 0, 0, oid)
    return _HEADER.pack(1, int(nulls), oid, count, 1)


def _fixed(oid: int, dtype: str, values: Sequence[Any] | NDArray[Any]) -> bytes:
    count = len(values)
    nulls = None
    if not isinstance(values, np.ndarray) and None in values:
        # Of a batch of those who begin, half of the columns are.
        if values.count(None) == count:
            return _header(oid, count, True) + _NULL * count
        nulls = np.fromiter((value is None for value in values), dtype=bool, count=count)
        values = [0 if value is None else value for value in values]
    rows = np.empty(count, dtype=[("length", ">i4"), ("value", dtype)])
    rows["length"] = rows.dtype["value"].itemsize
    rows["value"] = values
    if nulls is None:
        return _header(oid, count, False) + rows.tobytes()
    rows["length"][nulls] = -1
    flat = rows.view(np.uint8).reshape(count, -1)
    keep = np.ones(flat.shape, dtype=bool)
    keep[nulls, 4:] = False
    return _header(oid, count, True) + flat[keep].tobytes()


class _PgArrayDumper(Dumper):
    format = Format.BINARY

    def get_key(self, obj: PgArray, format: Any) -> Any:
        return (self.cls, obj.oid)

    def upgrade(self, obj: PgArray, format: Any) -> Dumper:
        dumper = type(self)(self.cls)
        dumper.oid = obj.oid
        return dumper

    def dump(self, obj: PgArray) -> bytes:
        return obj.data


@contextmanager
def raw_cursor() -> Iterator[RawCursor[Any]]:
    """A driver's cursor ($1 placeholders, binary both ways) in Django's connection and transaction.

    Django's own cursor binds parameters on the client, as text. Errors are Django's.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, RawCursor(connection.connection) as cursor:
        cursor.format = Format.BINARY
        cursor.adapters.register_dumper(PgArray, _PgArrayDumper)
        yield cursor
