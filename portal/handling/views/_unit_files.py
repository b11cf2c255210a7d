"""Files of units on the web: read in the request, what came of it on a page of its own."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _

from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete
from portal.handling.forms.units import ImportForm, reason_words
from portal.presets.queries import in_force
from portal.units.kinds import FIELD_LABELS, HEADS
from portal.units.lifecycle.table import Row, encoding_of, read_head, read_rows
from portal.units.services import Tally, import_units, keep_import
from portal.web.pages import current_actor

#: More than a page can take in while somebody waits; the command has no limit.
BYTES_MOST = 2_000_000
SHOWN = 50


def import_page(form: ImportForm) -> str:
    """Return the page that asks for a file and says what its columns are called."""
    columns = [(FIELD_LABELS[field], words) for field, words in HEADS.items()]
    return render_template("handling/units_import.html", form=form, columns=columns)


def taken(form: ImportForm) -> Any:
    """Take the file of a form in. Raises Incomplete if it cannot be read as a whole."""
    session, actor, moment = db.session(), current_actor(), now()
    chosen = form.file.data
    raw = chosen.read(BYTES_MOST + 1) if chosen else b""
    if not raw:
        raise Incomplete("file", "unit_file_missing")
    if len(raw) > BYTES_MOST:
        raise Incomplete("file", "unit_file_too_large")
    reader = csv.reader(io.StringIO(_text(raw), newline=""))
    table = read_head(reader)
    rows, tally = [], Tally()
    for one in read_rows(reader, table, in_force(session, moment).taxonomy):
        if isinstance(one, Row):
            rows.append(one.fields)
        else:
            tally.rejects.append(one)
    tally.new = import_units(session, actor, rows, now=moment)
    tally.known = len(rows) - tally.new
    return keep_import(session, actor, tally, table.left_out, now=moment)


def _text(raw: bytes) -> str:
    text = raw.decode(encoding_of([raw]), "surrogateescape")
    return text.removeprefix("\ufeff")


def outcome(kept: Any) -> dict[str, Any]:
    """Return what the page of a file that was taken in shows."""
    return {
        "kept": kept,
        "rows": list(reject_rows(kept))[1 : SHOWN + 1],
        "more": max(0, len(kept.rejected) - SHOWN),
        "rejected_url": url_for("units.rejected", import_id=kept.id),
    }


def reject_rows(kept: Any) -> Iterator[tuple[Any, str, str]]:
    """Yield the head and each refused line: its number, the field, and what to do."""
    yield _("Line"), _("Field"), _("What to do")
    for line, field, reason in kept.rejected:
        yield line, str(FIELD_LABELS.get(field, _("Whole line"))), reason_words(reason)
