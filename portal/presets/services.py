"""Takes a preset's folder into the database, as new versions of what differs."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.presets.contents import PARTS, Value, from_content, known_codes
from portal.presets.kinds import City, PresetKind, PresetSource, Taxonomy
from portal.presets.loader import UNSET, RawPart, RawPreset, read
from portal.presets.models import PresetVersion
from portal.presets.queries import VersionHead, forget_heads, heads

#: Called with the kind of event and its payload of codes; `history` writes it.
Record = Callable[[str, dict[str, Any]], None]

LOADED = "preset_loaded"
# Of this service alone: two servers that start together must not both add version 2.
_LOCK = 7_315_001


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What loading does to one part.

    `kept_portal`: it differs, but was edited in the portal; `presets load` puts the folder's in
    its place. `asked_from` is the file's date where it lies too far back to hold.
    """

    kind: PresetKind
    what: Literal["new", "changed", "kept_portal"]
    file: str
    version: int
    holds_from: datetime
    digest: str
    asked_from: datetime | None = None
    #: Which of several; "" where a preset has one.
    code: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return plain data for `--json` and for the event."""
        data = asdict(self)
        data["kind"] = self.kind.value
        data["holds_from"] = self.holds_from.isoformat()
        data["asked_from"] = self.asked_from.isoformat() if self.asked_from else None
        if not self.code:
            del data["code"]
        return data


def load_presets(
    session: Session, folder: Path, *, now: datetime, record: Record, force: bool = False
) -> list[Change]:
    """Store what differs in `folder` as new versions, with an event each; return what differed.

    The first version of a part holds from its `from:` date, however old. A later one never holds
    from before `now`: what was decided stays decided. What was edited in the portal stays unless
    `force`. Raises PresetError, and stores nothing, if the folder is wrong or does not fit what
    stays.
    """
    raw = read(folder)
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    forget_heads(session)  # another server may have loaded while we waited
    changes = _compare(session, raw, now, force=force)
    for change in changes:
        if change.what == "kept_portal":
            continue
        part = next(one for one in _parts(raw) if (one.kind, one.code) == _key(change))
        session.add(
            PresetVersion(
                kind=change.kind,
                code=change.code,
                version=change.version,
                holds_from=change.holds_from,
                content=dict(part.content),
                digest=part.digest,
                source=PresetSource.FOLDER,
                loaded_at=now,
            )
        )
        record(LOADED, change.as_json())
    session.flush()  # so that the same unit of work can already ask what is in force
    return changes


def pending_changes(
    session: Session, folder: Path, *, now: datetime, force: bool = False
) -> list[Change]:
    """Return what `load_presets` would do, and do none of it."""
    return _compare(session, read(folder), now, force=force)


def _compare(session: Session, raw: RawPreset, now: datetime, *, force: bool) -> list[Change]:
    stored = heads(session)
    changes: list[Change] = []
    for part in _parts(raw):
        latest = max(
            (head for head in stored if _key(head) == _key(part)),
            key=lambda head: head.version,
            default=None,
        )
        if change := _change(part, latest, now, force=force):
            changes.append(change)
    kept = [
        change.kind for change in changes if change.what == "kept_portal" and change.kind in PARTS
    ]
    if kept:
        _check_mixture(session, raw, [head for head in stored if head.kind in kept])
    return changes


def _parts(raw: RawPreset) -> list[RawPart]:
    return [*(raw.parts[kind] for kind in PARTS if kind in raw.parts), *raw.checklists]


def _key(one: RawPart | VersionHead | Change) -> tuple[PresetKind, str]:
    return one.kind, one.code


def _change(
    part: RawPart, latest: VersionHead | None, now: datetime, *, force: bool
) -> Change | None:
    asked = part.holds_from or now
    if latest is None:
        return Change(
            kind=part.kind,
            what="new",
            file=part.file,
            version=1,
            holds_from=asked,
            digest=part.digest,
            code=part.code,
        )
    if latest.digest == part.digest:
        # Another date alone matters while the version has not begun.
        moved = latest.holds_from > now and part.holds_from not in (None, latest.holds_from)
        if not moved:
            return None
    if latest.source is PresetSource.PORTAL and not force:
        return Change(
            kind=part.kind,
            what="kept_portal",
            file=part.file,
            version=latest.version,
            holds_from=latest.holds_from,
            digest=latest.digest,
            code=latest.code,
        )
    return Change(
        kind=part.kind,
        what="changed",
        file=part.file,
        version=latest.version + 1,
        holds_from=max(asked, now),
        digest=part.digest,
        asked_from=asked if asked < now else None,
        code=part.code,
    )


def _check_mixture(session: Session, raw: RawPreset, stored: list[VersionHead]) -> None:
    """Refuse a folder that takes away codes which a version edited in the portal still names."""
    latest = {head.kind: head for head in stored}  # in the order of their numbers
    contents: Mapping[PresetKind, dict[str, Any]] = {
        kind: cast(PresetVersion, session.get(PresetVersion, head.id)).content
        for kind, head in latest.items()
    }
    values: dict[PresetKind, Value] = {}
    for kind in PARTS:
        known = None
        if PresetKind.TAXONOMY in values:
            known = known_codes(
                cast(Taxonomy, values[PresetKind.TAXONOMY]),
                cast("City | None", values.get(PresetKind.CITY)),
            )
        if kind not in contents and kind not in raw.parts:
            continue
        head = latest.get(kind)
        values[kind] = from_content(
            kind,
            contents[kind] if kind in contents else raw.parts[kind].content,
            version=head.version if head else 0,
            holds_from=head.holds_from if head else UNSET,
            known=known,
        )
