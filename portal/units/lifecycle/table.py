"""A file of units: which column is what, and each row in our terms or what is wrong with it."""

import codecs
import csv
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from portal.foundation.errors import Incomplete
from portal.presets.kinds import Taxonomy, Words
from portal.units.kinds import COLOUR_WORDS, HEADS, SIZE_WORDS, Size
from portal.units.lifecycle.fields import UnitFields, check, tidy

#: Characters of one cell; more is no register.
CELL_MOST = 10_000
#: Tried in this order: spreadsheets in China still write the second.
ENCODINGS = ("utf-8", "gb18030")


@dataclass(frozen=True, slots=True)
class Row:
    """A good row and the line on which it begins."""

    line: int
    fields: UnitFields


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that can't be taken in: its line, the field and a code that says why, no value."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a file: what each is, and the heads of those that nobody knows."""

    columns: Mapping[int, str]
    left_out: tuple[str, ...]
    width: int


def encoding_of(chunks: Iterable[bytes]) -> str:
    """Return the first of ENCODINGS in which all of a file can be read, else UTF-8."""
    able = {name: codecs.getincrementaldecoder(name)() for name in ENCODINGS}
    for chunk in chunks:
        for name in list(able):
            try:
                able[name].decode(chunk)
            except UnicodeDecodeError:
                del able[name]
    return next(iter(able), ENCODINGS[0])


def read_head(reader: Any) -> Table:
    """Read the first line. Raises Incomplete if no column is the name."""
    head: list[str] = []
    with suppress(csv.Error):  # then no column is the name
        head = next(reader, head)
    known = {word: field for field, words in HEADS.items() for word in words}
    columns: dict[int, str] = {}
    left_out = []
    for place, cell in enumerate(head):
        field = known.get(_word(cell))
        if field is None or field in columns.values():
            left_out.append(cell.strip())
        else:
            columns[place] = field
    if "name" not in columns.values():
        raise Incomplete("file", "unit_no_name_column")
    return Table(columns, tuple(filter(None, left_out)), len(head))


def read_rows(reader: Any, table: Table, taxonomy: Taxonomy) -> Iterator[Row | Reject]:
    """Yield every row behind the head, good or bad, in order."""
    csv.field_size_limit(CELL_MOST)
    words = _vocabulary(taxonomy)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
            if cells is None:
                return
            if not any(cell.strip() for cell in cells):
                continue
            yield Row(line, _fields(cells, table, taxonomy, words))
        except csv.Error:
            yield Reject(line, "row", "unit_row_no_csv")
        except Incomplete as lack:
            yield Reject(line, lack.field, lack.reason)


#: From field to what its cells can say, folded, and the code of each.
Vocabulary = Mapping[str, Mapping[str, str]]


def _vocabulary(taxonomy: Taxonomy) -> Vocabulary:
    return {
        "sector": _named(taxonomy.sectors),
        "jurisdiction": _named({c: one.name for c, one in taxonomy.jurisdictions.items()}),
        "size": {w: code for code, words in SIZE_WORDS.items() for w in (code, *words)},
        "risk_colour": {w: code for code, words in COLOUR_WORDS.items() for w in (code, *words)},
    }


def _named(things: Mapping[str, Words]) -> dict[str, str]:
    return {
        _word(word): code for code, words in things.items() for word in (code, words.zh, words.en)
    }


UNKNOWN = {
    "sector": "unit_sector_unknown",
    "jurisdiction": "unit_place_unknown",
    "size": "unit_size_unknown",
    "risk_colour": "unit_colour_unknown",
}


def _fields(cells: list[str], table: Table, taxonomy: Taxonomy, words: Vocabulary) -> UnitFields:
    """Return a row in our terms. Raises Incomplete naming the field."""
    if len(cells) != table.width:
        raise Incomplete("row", "unit_row_columns")
    given: dict[str, Any] = {}
    for place, field in table.columns.items():
        cell = " ".join(cells[place].split())
        if not _is_text(cell):
            raise Incomplete(field, "unit_row_no_text")
        if not cell:
            continue
        if field in words:
            code = words[field].get(_word(cell))
            if code is None:
                raise Incomplete(field, UNKNOWN[field])
            cell = code
        given[field] = cell
    if "size" in given:
        given["size"] = Size(given["size"])
    if "workers" in given:
        given["workers"] = whole_number(given["workers"])
    if "township" in given:
        given["township"] = _township(given["township"], given.get("jurisdiction"), taxonomy)
    found = tidy(UnitFields(**{"name": "", **given}))
    check(found, taxonomy)
    return found


def _township(cell: str, jurisdiction: str | None, taxonomy: Taxonomy) -> str:
    place = taxonomy.jurisdictions.get(jurisdiction or "")
    named = _named({one.code: one.name for one in place.townships}) if place else {}
    code = named.get(_word(cell))
    if code is None:
        raise Incomplete("township", "unit_place_unknown")
    return code


def whole_number(cell: str) -> int:
    """Return how many; full-width digits count. Raises Incomplete for what is no number."""
    digits = unicodedata.normalize("NFKC", cell).strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise Incomplete("workers", "unit_workers_wrong")
    return int(digits)


def _is_text(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:  # bytes that were no text came in as half surrogates
        return False
    return "\x00" not in cell


def _word(cell: str) -> str:
    return "".join(unicodedata.normalize("NFKC", cell).casefold().split())
