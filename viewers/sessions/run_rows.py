"""How a run stands in a row: the columns that the live table and history share, and their wire types."""

from collections.abc import Callable, Sequence
from typing import Any

from viewers.geolocation.places import Place
from viewers.sessions import pgarrays
from viewers.sessions.newcomers import Newcomers
from viewers.sessions.pgarrays import PgArray
from viewers.sessions.runs import Run

COLUMNS: dict[str, str] = {
    "connection_id": "text",
    "stream_key": "text",
    "started_ms": "int8",
    "last_ms": "int8",
    "stop_ms": "int8",
    "protocol": "text",
    "player": "text",
    "bytes_out": "int8",
    "bandwidth": "int8",
    "bandwidth_ms": "int8",
    "health": "int8",
    "health_ms": "int8",
    "worst_health": "int8",
    "counted": "bool",
    "skewed": "bool",
    "latitude": "float8",
    "longitude": "float8",
    "accuracy_km": "int8",
    "country": "text",
    "region": "text",
    "city": "text",
    "place_code": "int8",
}
NAMES = ", ".join(COLUMNS)
PLACE_NAMES = list(COLUMNS)[15:]

_OF_KIND: dict[str, Callable[[Sequence[Any]], PgArray]] = {
    "text": pgarrays.texts,
    "int8": pgarrays.int8s,
    "bool": pgarrays.bools,
}
_NOWHERE = (None, None, None, "", "", "", None)


def unnest(types: Sequence[str], first: int) -> str:
    """The parameters of an unnest over arrays of these types, numbered from ``first``."""
    return ", ".join(f"${at}::{kind}[]" for at, kind in enumerate(types, first))


def arrays(runs: Sequence[Run]) -> list[PgArray]:
    """One array a column, in the order of ``COLUMNS``."""
    return [
        *_arrays(
            connection_id=[run.connection_id for run in runs],
            stream_key=[run.stream_key for run in runs],
            started_ms=[run.started for run in runs],
            last_ms=[run.last for run in runs],
            stop_ms=[run.stop for run in runs],
            protocol=[run.protocol for run in runs],
            player=[run.player for run in runs],
            bytes_out=[run.bytes_out for run in runs],
            bandwidth=[run.bandwidth for run in runs],
            bandwidth_ms=[run.bandwidth_at for run in runs],
            health=[run.health for run in runs],
            health_ms=[run.health_at for run in runs],
            worst_health=[run.worst_health for run in runs],
            counted=[run.counted for run in runs],
            skewed=[run.skewed for run in runs],
        ),
        *place_arrays([run.place for run in runs]),
    ]


def newcomers_arrays(new: Newcomers) -> list[PgArray]:
    """The same of the rows that they begin."""
    nothing = [None] * len(new.ids)
    return [
        *_arrays(
            connection_id=new.connection_ids,
            stream_key=new.stream_keys,
            started_ms=new.started,
            last_ms=new.at,
            stop_ms=nothing,
            protocol=new.protocols,
            player=new.players,
            bytes_out=new.bytes_out,
            bandwidth=new.bandwidth,
            bandwidth_ms=_where_known(new.bandwidth, new.at),
            health=new.health,
            health_ms=_where_known(new.health, new.at),
            worst_health=new.health,
            counted=[new.counted] * len(new.ids),
            skewed=[False] * len(new.ids),
        ),
        *place_arrays(new.places),
    ]


def _arrays(**columns: Sequence[Any]) -> list[PgArray]:
    return [_OF_KIND[kind](columns[name]) for name, kind in COLUMNS.items() if name in columns]


def _where_known(values: Sequence[object], times: Sequence[int]) -> list[int | None]:
    return [None if value is None else at for value, at in zip(values, times, strict=True)]


def place_arrays(places: Sequence[Place | None]) -> list[PgArray]:
    """The columns of ``PLACE_NAMES``; None is nowhere."""
    latitudes, longitudes, accuracies, countries, regions, cities, codes = zip(
        *(place or _NOWHERE for place in places), strict=True
    )
    return [
        pgarrays.float8s(latitudes),
        pgarrays.float8s(longitudes),
        pgarrays.int8s(accuracies),
        pgarrays.texts(countries),
        pgarrays.texts(regions),
        pgarrays.texts(cities),
        pgarrays.int8s(codes),
    ]


def run_of(id: bytes, row: Sequence[Any]) -> Run:
    """The run of a row whose columns are in the order of ``COLUMNS``."""
    place = row[15:22]
    return Run(
        id=id,
        connection_id=row[0],
        stream_key=row[1],
        started=row[2],
        last=row[3],
        stop=row[4],
        protocol=row[5],
        player=row[6],
        bytes_out=row[7],
        bandwidth=row[8],
        bandwidth_at=row[9],
        health=row[10],
        health_at=row[11],
        worst_health=row[12],
        counted=row[13],
        skewed=row[14],
        place=None if place[6] is None else Place(*place),
    )
