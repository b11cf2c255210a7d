"""The evidence for a proposal of accountability as a PDF, and as a ZIP that outsiders can check."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Response, abort, current_app, make_response
from flask_babel import gettext as _

from portal.access.kinds import Role
from portal.attachments.queries import content
from portal.cases import queries
from portal.cases.lifecycle import step_commands as s
from portal.cases.queries import Sheet
from portal.cases.queries.bundle import Bundle, Proof, bundle_of
from portal.cases.services import move_case
from portal.foundation import secrets
from portal.handling.views._ladder import step_name
from portal.handling.views._opened import Opened, opened
from portal.handling.views._timeline import sentence, when
from portal.handling.views._timeline import who as who_did
from portal.history.lifecycle import canonical
from portal.integrations.paper import typeset_once
from portal.web.filters import day
from portal.web.uploads import store

#: A file's time in the archive tells nothing.
EPOCH = (1980, 1, 1, 0, 0, 0)
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf", "image/webp": "webp"}


def begin(case_id: UUID, step_id: UUID, *, whole: bool) -> tuple[Opened, Sheet, Bundle]:
    """Gather the evidence, and record that it left the portal, since nobody sees where it went.

    404 for whoever has a tie to the unit, and for a step elsewhere.
    """
    here = opened(case_id)
    found = bundle_of(here.session, here.actor, step_id, now=here.now)
    if here.is_barred or found.case.id != here.case.id:
        abort(404)
    sheet, about = queries.sheet_of(here.session, here.case), (here.case.id, here.case.version)
    taken = s.TakeEvidence(case_id=about[0], seen=about[1], step_id=step_id, whole=whole)
    move_case(here.session, here.actor, taken, now=here.now)
    return here, sheet, found


def pdf_of(case_id: UUID, step_id: UUID) -> Response:
    """Return the PDF."""
    here, sheet, found = begin(case_id, step_id, whole=False)
    return _sent(_pdf(here, sheet, found), "application/pdf", f"{here.case.number}.pdf", "inline")


def zip_of(case_id: UUID, step_id: UUID) -> Response:
    """Return the ZIP: the PDF, each event with its leaf, the words with their salts, the files."""
    here, sheet, found = begin(case_id, step_id, whole=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in _parts(here, sheet, found):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), body, zipfile.ZIP_DEFLATED)
    return _sent(packed.getvalue(), "application/zip", f"{here.case.number}.zip", "attachment")


def _sent(body: bytes, media_type: str, name: str, how: str) -> Response:
    response = make_response(body)
    response.mimetype = media_type
    response.headers["Content-Disposition"] = f'{how}; filename="{name}"'
    return response


def _parts(here: Opened, sheet: Sheet, found: Bundle) -> list[tuple[str, bytes]]:
    lines = [
        canonical({"seq": p.event.seq, "leaf": p.leaf, "event": p.entry}) for p in found.proofs
    ]
    words = [
        canonical({"seq": p.event.seq, "who": _who(p, sheet), **_said(one)})
        for p in found.proofs
        for one in p.said
    ]
    parts = [
        ("README.txt", _how_to_check().encode()),
        ("evidence.pdf", _pdf(here, sheet, found)),
        ("events.jsonl", b"\n".join(lines) + b"\n"),
        ("words.jsonl", b"\n".join(words) + b"\n"),
    ]
    key = secrets.in_use().key("attachments")
    for number, file in enumerate(found.files, start=1):
        body, media_type = content(file, store=store(), key=key)
        parts.append((f"files/{number:02d}.{ENDINGS.get(media_type, 'bin')}", body))
    return parts


def _said(one: Any) -> dict[str, str]:
    return {"key": one.key, "words": one.words, "salt": one.salt, "commitment": one.commitment}


def _how_to_check() -> str:
    """Say how an outsider checks that nothing was changed."""
    return str(
        _(
            "events.jsonl holds one event a line. Its leaf is the SHA-256 of a zero byte and the "
            "canonical JSON (RFC 8785) of “event”. An event without content tells of a report: "
            "only its leaf is given. words.jsonl holds what was written: the commitment is the "
            "SHA-256 of the salt's bytes and the words in UTF-8, and stands in the event. Nothing "
            "here was written by a reporter."
        )
    )


def _pdf(here: Opened, sheet: Sheet, found: Bundle) -> bytes:
    template = Path(current_app.root_path) / "templates" / "handling" / "evidence.typ"
    words = json.dumps(_paper(here, sheet, found), ensure_ascii=False, sort_keys=True)
    return typeset_once(str(template), words)


def _paper(here: Opened, sheet: Sheet, found: Bundle) -> dict[str, Any]:
    """Return every word of the PDF: each sentence and each quotation with who, when and leaf."""
    step, unit = found.step, sheet.units.get(found.case.unit_id) if found.case.unit_id else None
    return {
        "lang": "en" if here.language == "en" else "zh",
        "title": _("Evidence: %(step)s", step=step_name(step.rung, here.preset, here.language)),
        "case": _("Case %(number)s", number=found.case.number),
        "unit": unit.name if unit else "",
        "toward": _("Toward: %(post)s", post=sheet.posts[step.id].in_language(here.language)),
        "made": _("Made on %(day)s for %(who)s", day=day(here.now), who=_reader(here)),
        "why": sheet.text(step.reason_text_id),
        "note": _("What reporters wrote is not here. Leaf: the hash by which an event is sealed."),
        "events": [
            {
                "seq": f"#{p.event.seq}",
                "said": sentence(p.event, sheet, here.groups, here.preset, here.language),
                "who": f"{_who(p, sheet)} · {when(p.event)}",
                "leaf": p.leaf,
                "words": [one.words for one in p.said],
            }
            for p in found.proofs
        ],
    }


def _reader(here: Opened) -> str:
    return str(here.preset.city.operator.in_language(here.language))


def _who(proof: Proof, sheet: Sheet) -> str:
    """Return who did it: at a unit the name and post that were given with the very act."""
    if proof.event.role is Role.UNIT:
        named = next((one.words for one in proof.said if one.key == "who"), "")
        return " · ".join(named.split("\n")) or who_did(proof.event, sheet)
    return who_did(proof.event, sheet)
