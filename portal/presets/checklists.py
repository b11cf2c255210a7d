"""Checklists that hold, every version of one, and the drafts from which versions come."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.foundation.errors import Incomplete, NotFound, Stale
from portal.presets.checklist_kinds import WEIGHTS, Checklist, points
from portal.presets.contents import digest, from_content, known_codes, to_content
from portal.presets.kinds import Preset, PresetKind, PresetSource
from portal.presets.loader import RawPart, read_checklist
from portal.presets.models import ChecklistDraft, PresetVersion
from portal.presets.queries import VersionHead, current, heads, values
from portal.presets.services import LOADED, Record

KIND = PresetKind.CHECKLIST
#: Far more than a visit has time for.
ITEMS_MAX = 300
SCORING = {
    "partial": 0.5,
    "least": 60,
    "grades": [
        {"grade": "A", "from": 90},
        {"grade": "B", "from": 80},
        {"grade": "C", "from": 70},
        {"grade": "D", "from": 0},
    ],
}


def in_force_checklists(session: Session, at: datetime) -> dict[str, Checklist]:
    """Return the checklists that hold at `at`, by code.

    One that has not begun is not there, nor one that is out of use by then.
    """
    stored = heads(session)
    codes = sorted({head.code for head in stored if head.kind is KIND})
    found = [current(stored, KIND, at, code) for code in codes]
    begun = [head for head in found if head and head.holds_from <= at]
    read = values(session, begun)
    found_values = {head.code: cast(Checklist, read[head.id]) for head in begun}
    return {code: value for code, value in found_values.items() if not value.ended}


def out_of_use(session: Session) -> list[Checklist]:
    """Return the checklists whose newest version takes them out of use, by code."""
    codes = sorted({head.code for head in heads(session) if head.kind is KIND})
    newest = [checklist(session, code) for code in codes]
    return [one for one in newest if one.ended]


def versions_of(session: Session, code: str) -> list[VersionHead]:
    """Return every version of a checklist, the newest first."""
    found = [head for head in heads(session) if (head.kind, head.code) == (KIND, code)]
    return sorted(found, key=lambda head: -head.version)


def checklist(session: Session, code: str, number: int | None = None) -> Checklist:
    """Return one version, by default the newest. Raises NotFound."""
    found = [
        head for head in versions_of(session, code) if number is None or head.version == number
    ]
    if not found:
        raise NotFound(code)
    return cast(Checklist, values(session, found[:1])[found[0].id])


def drafts(session: Session) -> list[ChecklistDraft]:
    """Return what is being written, by code."""
    return list(session.scalars(select(ChecklistDraft).order_by(ChecklistDraft.code)))


def draft_of(session: Session, code: str) -> ChecklistDraft:
    """Return the draft of a checklist. Raises NotFound."""
    found = session.get(ChecklistDraft, code)
    if found is None:
        raise NotFound(code)
    return found


def has_draft(session: Session, code: str) -> bool:
    return session.get(ChecklistDraft, code) is not None


def begin_draft(session: Session, code: str, *, by: UUID, now: datetime) -> None:
    """Begin a draft from the newest version; one that is there already stays. Raises NotFound."""
    content = to_content(KIND, checklist(session, code))
    if not has_draft(session, code):
        _keep(session, code, content, by=by, now=now)


def add_draft(
    session: Session, code: str, zh: str, en: str, sector: str, *, by: UUID, now: datetime
) -> None:
    """Begin a checklist that was not there. Raises Incomplete if its code is taken."""
    if has_draft(session, code) or versions_of(session, code):
        raise Incomplete("code", "checklist_there")
    content = {
        "basis": "local",
        "id": code,
        "zh": zh,
        "en": en,
        "sector": sector,
        "scoring": deepcopy(SCORING),
        "items": [],
    }
    _keep(session, code, content, by=by, now=now)


def draft_from_file(
    session: Session, text: str, preset: Preset, *, file: str, by: UUID, now: datetime
) -> RawPart:
    """Take a YAML file as a draft. Raises PresetError naming its line, Incomplete."""
    known = known_codes(preset.taxonomy, preset.city)
    part = read_checklist(text, file=file, known=known, zone=preset.city.zone)
    if has_draft(session, part.code):
        raise Incomplete("file", "checklist_draft_there")
    _keep(session, part.code, dict(part.content), by=by, now=now)
    return part


def change_draft(
    session: Session,
    code: str,
    change: Callable[[dict[str, Any]], None],
    *,
    seen: int,
    by: UUID,
    now: datetime,
) -> None:
    """Let `change` write into the draft. Raises NotFound, and Stale if somebody was faster."""
    draft = _seen(session, code, seen)
    content = deepcopy(draft.content)
    change(content)
    draft.content, draft.edits = content, draft.edits + 1
    draft.changed_at, draft.changed_by = now, by
    session.flush()


def drop_draft(session: Session, code: str, *, seen: int) -> None:
    """Throw a draft away; what was published stays. Raises NotFound, Stale."""
    session.delete(_seen(session, code, seen))
    session.flush()


def given_out(content: dict[str, Any]) -> Decimal:
    """Return the points of all items of a draft together."""
    return points(sum((Decimal(str(item["weight"])) for item in content["items"]), Decimal(0)))


def lacks(content: dict[str, Any]) -> list[tuple[str, Decimal]]:
    """Return what keeps a draft from being published: code of the sentence, and a number."""
    if not content["items"]:
        return [("no_items", Decimal(0))]
    total = given_out(content)
    return [] if total == WEIGHTS else [("weights", total)]


def publish(
    session: Session,
    code: str,
    preset: Preset,
    *,
    seen: int,
    holds_from: datetime,
    by: UUID,
    now: datetime,
    record: Record,
) -> int:
    """Make the draft the next version, from `holds_from` on but never from before now.

    Earlier versions stay as they are. Raises NotFound, Stale, Incomplete.
    """
    draft = _seen(session, code, seen)
    if lacks(draft.content):
        raise Incomplete("holds_from", "checklist_not_whole")
    # Whoever publishes wants it used, whatever version the draft came from.
    content = {name: value for name, value in draft.content.items() if name != "ended"}
    number = _add(session, code, content, preset, "published", holds_from, now, record)
    session.delete(draft)
    session.flush()
    return number


def end_or_resume(
    session: Session,
    code: str,
    preset: Preset,
    *,
    ended: bool,
    seen: int,
    holds_from: datetime,
    now: datetime,
    record: Record,
) -> int:
    """Take a checklist out of use from a day on, or back into use: a version that says only that.

    Inspections that were begun by it go on, and those that were made keep their copies. Raises
    NotFound; Stale if the newest version is not `seen`, or says this already.
    """
    # Two administrators at once: the slower meets the unique number of the version.
    newest = checklist(session, code)
    if newest.version != seen or newest.ended is ended:
        raise Stale(seen, newest.version)
    content = to_content(KIND, replace(newest, ended=ended))
    what = "ended" if ended else "resumed"
    return _add(session, code, content, preset, what, holds_from, now, record)


def _add(
    session: Session,
    code: str,
    given: dict[str, Any],
    preset: Preset,
    what: str,
    holds_from: datetime,
    now: datetime,
    record: Record,
) -> int:
    """Make this the next version, from `holds_from` on but never from before now."""
    known = known_codes(preset.taxonomy, preset.city)
    begins = max(holds_from, now)
    number = max((head.version for head in versions_of(session, code)), default=0) + 1
    value = from_content(KIND, given, version=number, holds_from=begins, known=known)
    content = to_content(KIND, value)
    session.add(
        PresetVersion(
            kind=KIND,
            code=code,
            version=number,
            holds_from=begins,
            content=content,
            digest=digest(content),
            source=PresetSource.PORTAL,
            loaded_at=now,
        )
    )
    session.flush()
    record(
        LOADED,
        {
            "kind": KIND.value,
            "code": code,
            "what": what,
            "version": number,
            "holds_from": begins.isoformat(),
            "digest": digest(content),
        },
    )
    return number


def as_yaml(value: Checklist) -> str:
    """Return a version as the file from which it can be read again."""
    data = {
        "schema": f"hazard-portal/{KIND.value}@1",
        "from": value.holds_from.isoformat(),
        **to_content(KIND, value),
    }
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100)


def _keep(session: Session, code: str, content: dict[str, Any], *, by: UUID, now: datetime) -> None:
    session.add(ChecklistDraft(code=code, content=content, edits=1, changed_at=now, changed_by=by))
    session.flush()


def _seen(session: Session, code: str, seen: int) -> ChecklistDraft:
    """Lock the draft that somebody looked at."""
    draft = session.get(ChecklistDraft, code, with_for_update=True, populate_existing=True)
    if draft is None:
        raise NotFound(code)
    if draft.edits != seen:
        raise Stale(seen, draft.edits)
    return draft
