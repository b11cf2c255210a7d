"""Tables as CSV files that a spreadsheet opens without running anything."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

Cell = str | int | float | None
#: With these at its head a cell would be taken for a formula, full-width forms included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(cell: Cell) -> str:
    """Return a cell as text that no spreadsheet takes for a formula; numbers stay numbers."""
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return str(cell)
    if cell.lstrip(" \u3000\u00a0").startswith(FORMULA) or cell.startswith(FORMULA):
        return f"'{cell}"
    return cell


def as_csv(rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as CSV text by RFC 4180."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
    return out.getvalue()


def csv_response(name: str, rows: Iterable[Sequence[Cell]]) -> Response:
    """Return the rows as a download; the mark at the head lets spreadsheets read Chinese."""
    body = "\ufeff" + as_csv(rows)
    response = Response(body, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
