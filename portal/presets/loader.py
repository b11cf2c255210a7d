"""Reads a preset's folder of YAML; a mistake is named by file, line and field."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast
from zoneinfo import ZoneInfo

from portal.presets.areas import Boundaries
from portal.presets.checklist_kinds import Checklist
from portal.presets.contents import CHECKLIST, PARTS, Part, Value, digest, known_codes, to_content
from portal.presets.duties import SelfInspection
from portal.presets.entries import Entry, PresetError, entry_of_yaml
from portal.presets.kinds import (
    Calendar,
    City,
    NoticeTable,
    Preset,
    PresetKind,
    RoutingRuleSet,
    Taxonomy,
    TimeLimitPolicy,
)
from portal.presets.ladders import Ladder
from portal.presets.parts.common import Known
from portal.presets.parts.limits import zone_of
from portal.presets.rewarding import RewardRules

BUILT_IN = Path(__file__).parent
FILES: Mapping[PresetKind, str] = {
    kind: "boundaries.geojson" if kind is PresetKind.BOUNDARIES else f"{kind.value}.yaml"
    for kind in PARTS
}
#: Boundaries may be left out: then the desk asks for the place.
OPTIONAL_KINDS = frozenset({PresetKind.BOUNDARIES})
#: A second file of a part, and the fields that may stand there in place of the first.
SECOND_FILES = {PresetKind.TAXONOMY: ("places", "jurisdictions posts")}
#: The folder of the checklists in a preset's folder; there may be none.
CHECKLISTS = "checklists"
#: Lies beside a preset and is none of its parts: what the demo city is made of.
DEMO_FILE = "demo.yaml"
#: Parts of it that stand in files of their own.
DEMO_PARTS = ("demo-lessons.yaml", "demo-pairs.yaml")
#: Stands for "from now on" until a version is stored.
UNSET = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RawPart:
    """One file, read and checked. `holds_from` None: from the moment at which it is loaded."""

    kind: PresetKind
    file: str
    holds_from: datetime | None
    value: Value
    content: Mapping[str, Any]
    digest: str
    #: Which of several; "" where a preset has one.
    code: str = ""


@dataclass(frozen=True, slots=True)
class RawPreset:
    """A folder, read and checked, not yet stored."""

    folder: Path
    parts: Mapping[PresetKind, RawPart]
    checklists: tuple[RawPart, ...] = ()

    @property
    def preset(self) -> Preset:
        """Everything in the folder as if it held already, under version 0."""
        return assemble({kind: part.value for kind, part in self.parts.items()})


def assemble(values: Mapping[PresetKind, Value]) -> Preset:
    """Put the parts together; KeyError if one that must be there is not."""
    return Preset(
        city=cast(City, values[PresetKind.CITY]),
        limits=cast(TimeLimitPolicy, values[PresetKind.LIMITS]),
        calendar=cast(Calendar, values[PresetKind.CALENDAR]),
        taxonomy=cast(Taxonomy, values[PresetKind.TAXONOMY]),
        routing=cast(RoutingRuleSet, values[PresetKind.ROUTING]),
        notices=cast(NoticeTable, values[PresetKind.NOTICES]),
        ladder=cast(Ladder, values[PresetKind.LADDER]),
        rewards=cast(RewardRules, values[PresetKind.REWARDS]),
        self_inspection=cast(SelfInspection, values[PresetKind.SELF_INSPECTION]),
        boundaries=cast("Boundaries | None", values.get(PresetKind.BOUNDARIES)),
    )


def folder_of(name: str) -> Path:
    """Return the folder for the setting `PORTAL_PRESET`: a built-in name, else a path.

    Raises PresetError if there is no such folder.
    """
    built_in = BUILT_IN / name
    if "/" not in name and name not in ("parts", "__pycache__") and built_in.is_dir():
        return built_in
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise PresetError(
            "names neither a built-in preset nor a folder; set it to changzhou or to a path",
            file=f'PORTAL_PRESET "{name}"',
        )
    return folder


def read(folder: Path) -> RawPreset:
    """Read and check a whole folder; raises PresetError for the first mistake."""
    preset, faults = read_all(folder)
    if preset is None:
        raise faults[0]
    return preset


def read_all(folder: Path) -> tuple[RawPreset | None, list[PresetError]]:
    """Read a whole folder and return it, or None and the first mistake of each file."""
    faults = _strangers(folder)
    tops: dict[PresetKind, dict[str, Entry]] = {}
    for kind in PARTS:
        try:
            top = _top(folder, kind)
        except PresetError as fault:
            faults.append(fault)
        else:
            if top is not None:
                tops[kind] = top
    values: dict[PresetKind, Value] = {}
    moments: dict[PresetKind, datetime | None] = {}
    known = Known()
    zone: ZoneInfo | None = None
    for kind, top in tops.items():
        try:
            if kind is PresetKind.LIMITS and zone and zone_of(top["time_zone"]) != zone:
                raise top["time_zone"].fault(f"city.yaml says {zone.key}")
            zone = zone or _zone(tops)
            moment = top["from"].moment(zone) if "from" in top else None
            values[kind] = PARTS[kind].read(top, known, 0, moment or UNSET)
            moments[kind] = moment
        except PresetError as fault:
            faults.append(fault)
        if PresetKind.TAXONOMY in values:
            known = known_codes(
                cast(Taxonomy, values[PresetKind.TAXONOMY]),
                cast("City | None", values.get(PresetKind.CITY)),
            )
    checklists = _checklists(folder, known, zone or ZoneInfo("UTC"), faults)
    if faults:
        return None, faults
    parts: dict[PresetKind, RawPart] = {}
    for kind, value in values.items():
        content = to_content(kind, value)
        parts[kind] = RawPart(
            kind, _shown(folder, kind), moments[kind], value, content, digest(content)
        )
    return RawPreset(folder, MappingProxyType(parts), tuple(checklists)), []


def _checklists(
    folder: Path, known: Known, zone: ZoneInfo, faults: list[PresetError]
) -> list[RawPart]:
    """Read the folder of checklists; the first mistake of each file goes to `faults`."""
    found: dict[str, RawPart] = {}
    for path in sorted((folder / CHECKLISTS).glob("*")):
        file = f"{folder.name}/{CHECKLISTS}/{path.name}"
        try:
            if path.suffix not in (".yaml", ".yml"):
                raise PresetError("this file is not known; a checklist ends in .yaml", file=file)
            part = read_checklist(_text(path, file), file=file, known=known, zone=zone)
            if part.code in found:
                raise PresetError(
                    f'{found[part.code].file} has the id "{part.code}" too', file=file, field="id"
                )
        except PresetError as fault:
            faults.append(fault)
        else:
            found[part.code] = part
    return list(found.values())


def read_checklist(text: str, *, file: str, known: Known, zone: ZoneInfo) -> RawPart:
    """Return the checklist of a YAML text; raises PresetError for the first mistake."""
    top = _fields(text, file, CHECKLIST, PresetKind.CHECKLIST)
    moment = top["from"].moment(zone) if "from" in top else None
    value = cast(Checklist, CHECKLIST.read(top, known, 0, moment or UNSET))
    content = to_content(PresetKind.CHECKLIST, value)
    return RawPart(PresetKind.CHECKLIST, file, moment, value, content, digest(content), value.code)


def _zone(tops: Mapping[PresetKind, dict[str, Entry]]) -> ZoneInfo:
    """The city's time zone, in which the days of `from:` begin."""
    city = tops.get(PresetKind.CITY)
    return zone_of(city["time_zone"]) if city else ZoneInfo("UTC")


def _shown(folder: Path, kind: PresetKind) -> str:
    return f"{folder.name}/{FILES[kind]}"


def _strangers(folder: Path) -> list[PresetError]:
    """A file that nobody would read is most likely a misspelt name."""
    known = {
        *FILES.values(),
        DEMO_FILE,
        *DEMO_PARTS,
        *(f"{name}.yaml" for name, _ in SECOND_FILES.values()),
    }
    return [
        PresetError(
            f"this file is not known; known are {', '.join(sorted(known))}",
            file=f"{folder.name}/{path.name}",
        )
        for path in sorted(folder.iterdir())
        if path.suffix in (".yaml", ".yml", ".geojson", ".json") and path.name not in known
    ]


def _top(folder: Path, kind: PresetKind) -> dict[str, Entry] | None:
    """The named values of one file, its schema checked; None if it is not there and need not."""
    file, path = _shown(folder, kind), folder / FILES[kind]
    if kind in OPTIONAL_KINDS and not path.exists():
        return None
    text = _text(path, file)
    if path.suffix == ".geojson":
        text = _checked_json(text, file)
    return _fields(text, file, PARTS[kind], kind, second=_second(folder, kind))


def _second(folder: Path, kind: PresetKind) -> dict[str, Entry]:
    """Return the fields of the part that stand in its second file; none if there is no such."""
    name, allowed = SECOND_FILES.get(kind, ("", ""))
    path = folder / f"{name}.yaml"
    if not name or not path.exists():
        return {}
    file = f"{folder.name}/{path.name}"
    entry = replace(entry_of_yaml(_text(path, file), file=file), line=1)
    top = _of_schema(entry.fields("schema", allowed), name)
    return {field: value for field, value in top.items() if field != "schema"}


def _text(path: Path, file: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise PresetError("the file is missing", file=file) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise PresetError("is not written in UTF-8", file=file, line=line) from None
    except OSError as error:
        raise PresetError(f"cannot be read: {error.strerror}", file=file) from None


def _fields(
    text: str, file: str, part: Part, kind: PresetKind, second: Mapping[str, Entry] | None = None
) -> dict[str, Entry]:
    entry = replace(entry_of_yaml(text, file=file), line=1)
    for name, moved in (second or {}).items():
        if name in entry.named():
            raise moved.fault(f"stands in {file} too")
        entry = replace(entry, value={**entry.named(), name: moved})
    top = entry.fields(f"schema {part.required}", f"from {part.optional}")
    return _of_schema(top, kind.value)


def _of_schema(top: dict[str, Entry], name: str) -> dict[str, Entry]:
    wanted = f"hazard-portal/{name}@1"
    if top["schema"].text() != wanted:
        raise top["schema"].fault(f'must be "{wanted}", not "{top["schema"].text()}"')
    return top


def _checked_json(text: str, file: str) -> str:
    """Refuse what is no JSON; JSON is YAML but for its tabs, which stand for spaces."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise PresetError(f"is no JSON: {error.msg}", file=file, line=error.lineno) from None
    return text.replace("\t", " ")
