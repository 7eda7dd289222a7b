"""Answers as files: CSV (RFC 4180, UTF-8) and JSON.

A file that is made row by row can break off when its beginning is long on its way, and web servers may end
the body then as if it were whole. So the file says so itself: a JSON document is not closed, and a CSV file
ends with a line that is no row.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain, islice
from typing import Any, Literal

from django.http import HttpResponse, StreamingHttpResponse

from accounts.models import App
from analytics.api.tables import COLUMNS, Row, rows
from analytics.instants import iso

Form = Literal["csv", "json"]
FORMS: tuple[Form, ...] = ("csv", "json")
TYPES = {"csv": "text/csv; charset=utf-8; header=present", "json": "application/json"}

ROWS_AT_ONCE = 500
BROKEN = "The export broke off here, rows are missing: ask for it again."

# Keys of the API's rows whose values are instants.
TIMES = frozenset({"start", "end", "at", "peakAt", "lastStarted", "lastReport", "provisionalSince"})
# What a spreadsheet would take for a formula, or for its disguise.
FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")


@dataclass(frozen=True, slots=True)
class File:
    table: str
    """A key of ``COLUMNS``."""
    whose: str
    start: int | None
    end: int | None

    def name(self, form: Form) -> str:
        edges = ["beginning" if self.start is None else _stamp(self.start)]
        edges.append("now" if self.end is None else _stamp(self.end))
        plain = [re.sub(r"[^A-Za-z0-9-]+", "-", part) for part in ("turnout", self.table, self.whose)]
        return f"{'_'.join([*plain, *edges])}.{form}"

    def headers(self, form: Form) -> dict[str, str]:
        return {"Content-Disposition": f'attachment; filename="{self.name(form)}"'}


def together(apps: Sequence[App]) -> str:
    """Whose they are, in a file's name."""
    return apps[0].public_id if len(apps) == 1 else "all-apps"


def whole(file: File, form: Form, data: Mapping[str, Any], meta: Mapping[str, int]) -> HttpResponse:
    """The answer as it is, or its rows as a table."""
    if form == "json":
        body = _dumped({"data": data, "meta": meta}).encode()
    else:
        body = b"".join(_csv([rows(file.table, data)], COLUMNS[file.table]))
    return HttpResponse(body, content_type=TYPES[form], headers=file.headers(form))


def streamed(file: File, form: Form, head: Mapping[str, Any], found: Iterable[Row]) -> StreamingHttpResponse:
    """``{"data": {…head, "list": [rows…]}}``, or the rows as a table.

    What fails before the first rows are there fails as any other answer does.
    """
    batches = _batches(found)
    first = next(batches, [])
    every = chain([first], batches)
    parts = _json(every, head) if form == "json" else _csv(every, COLUMNS[file.table])
    return StreamingHttpResponse(_told(parts, form), content_type=TYPES[form], headers=file.headers(form))


def _told(parts: Iterable[bytes], form: Form) -> Iterator[bytes]:
    """The parts; in a CSV file the words that it broke off, if it does."""
    try:
        yield from parts
    except Exception:
        if form == "csv":
            yield f"{BROKEN}\r\n".encode()
        raise


def _csv(batches: Iterable[Sequence[Row]], columns: Sequence[str]) -> Iterator[bytes]:
    yield _lines([[_heading(column) for column in columns]])
    for some in batches:
        yield _lines([[_cell(column, row[column]) for column in columns] for row in some])


def _json(batches: Iterable[Sequence[Row]], head: Mapping[str, Any]) -> Iterator[bytes]:
    before = f'{{"data":{_dumped({**head, "list": []})[:-2]}'
    for some in batches:
        if some:
            yield f"{before}{','.join(map(_dumped, some))}".encode()
            before = ","
    yield f"{'' if before == ',' else before}]}}}}".encode()


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _batches(found: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(found)
    while some := list(islice(left, ROWS_AT_ONCE)):
        yield some


def _lines(cells: Iterable[Sequence[object]]) -> bytes:
    written = StringIO(newline="")
    csv.writer(written).writerows(cells)
    return written.getvalue().encode()


def _heading(column: str) -> str:
    return f"{column[:-2]}Seconds" if column.endswith("Ms") else column


def _cell(column: str, value: object) -> object:
    """Instants in ISO 8601 (UTC), lengths in seconds to the millisecond, and no formulas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{value}" if FORMULA.match(value) else value
    if isinstance(value, int) and column in TIMES:
        return iso(value)
    if isinstance(value, int) and column.endswith("Ms"):
        return f"{value // 1000}.{value % 1000:03}"
    return value


def _stamp(at: int) -> str:
    """An instant as it may stand in a file's name."""
    return re.sub(r"[-:]|\.000", "", iso(at)).replace(".", "")
