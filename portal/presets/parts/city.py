"""The city: names, operator, time zone, emergency numbers, groups, settings."""

from collections.abc import Mapping
from datetime import datetime

from portal.presets.entries import Entry, by_code
from portal.presets.kinds import (
    DRAW_SOURCE,
    GROUP_KINDS,
    LANGUAGES,
    LEAVE_TO,
    City,
    EmergencyNumber,
    GroupPreset,
    Settings,
)
from portal.presets.parts.common import Known, head, without_empty, words_beside, words_data
from portal.presets.parts.limits import zone_of

REQUIRED = "name operator default_language time_zone emergency_numbers groups settings"
_GROUP = "code kind zh en"
_GROUP_MORE = "jurisdiction sectors remit"
_NUMBER = "number zh en"


def read(fields: Mapping[str, Entry], known: Known, version: int, holds_from: datetime) -> City:
    """Build the city; every sector and jurisdiction has exactly one group, and there is a desk."""
    groups = by_code(fields["groups"].items(least=1), lambda entry: _group(entry, known))
    _check_owners(fields["groups"], groups, known)
    numbers = by_code(
        fields["emergency_numbers"].items(least=1),
        lambda entry: EmergencyNumber(
            number=entry.fields(_NUMBER)["number"].code(), name=words_beside(entry, _NUMBER)
        ),
        key="number",
    )
    return City(
        **head(fields, version, holds_from),
        name=fields["name"].words(),
        operator=fields["operator"].words(),
        default_language=fields["default_language"].one_of(LANGUAGES, "there is no language"),
        zone=zone_of(fields["time_zone"]),
        emergency_numbers=tuple(numbers.values()),
        groups=tuple(groups.values()),
        settings=_settings(fields["settings"]),
    )


def _group(entry: Entry, known: Known) -> GroupPreset:
    fields = entry.fields(_GROUP, _GROUP_MORE)
    kind = fields["kind"].one_of(GROUP_KINDS, "there is no kind of group")
    wanted = {"supervision": "jurisdiction", "inspection": "sectors", "desk": ""}[kind]
    for name in ("jurisdiction", "sectors"):
        if name == wanted and name not in fields:
            raise entry.fault(f"is missing; a group of the kind {kind} needs it", field=name)
        if name != wanted and name in fields:
            raise fields[name].fault(f"a group of the kind {kind} has none")
    jurisdiction, sectors = None, tuple[str, ...]()
    if "jurisdiction" in fields:
        place = fields["jurisdiction"]
        jurisdiction = place.text()
        if known.jurisdictions is not None:
            place.one_of(known.jurisdictions, "there is no jurisdiction")
    if "sectors" in fields:
        items = fields["sectors"].items(least=1)
        sectors = tuple(item.code() for item in items)
        for item in items if known.sectors is not None else ():
            item.one_of(known.sectors or (), "there is no sector")
    return GroupPreset(
        code=fields["code"].code(),
        kind=kind,
        name=words_beside(entry, _GROUP, _GROUP_MORE),
        jurisdiction=jurisdiction,
        sectors=sectors,
        remit=fields["remit"].words() if "remit" in fields else None,
    )


def _check_owners(entry: Entry, groups: Mapping[str, GroupPreset], known: Known) -> None:
    """Refuse a sector or jurisdiction with two groups or with none, and a city without a desk."""
    owners: dict[tuple[str, str], str] = {}
    for item, group in zip(entry.items(), groups.values(), strict=True):
        owned = [("sector", code) for code in group.sectors]
        if group.jurisdiction:
            owned.append(("jurisdiction", group.jurisdiction))
        for thing in owned:
            if thing in owners:
                field = "sectors" if thing[0] == "sector" else "jurisdiction"
                place = item.named()[field]
                raise place.fault(f'the {thing[0]} "{thing[1]}" has "{owners[thing]}" already')
            owners[thing] = group.code
    for name, codes in (("sector", known.sectors), ("jurisdiction", known.jurisdictions)):
        for code in sorted(codes or ()):
            if (name, code) not in owners:
                raise entry.fault(f'no group has the {name} "{code}"')
    if not any(group.kind == "desk" for group in groups.values()):
        raise entry.fault("there is no desk, so nobody could receive a report")


_WHOLE: Mapping[str, tuple[int, int]] = {
    "percent_from": (1, 1000),
    "hide_cells_up_to": (0, 100),
    "publish_after_days": (0, 3650),
    "upload_files": (0, 100),
    "upload_file_mb": (1, 1000),
    "upload_total_mb": (1, 10_000),
    "take_back_minutes": (0, 1440),
    "notice_delay_seconds": (0, 3600),
    "session_idle_minutes": (1, 1440),
    "session_idle_minutes_admin": (1, 1440),
    "session_hours": (1, 168),
    "unit_link_days": (0, 3650),
}
#: The same with what holds where a city says nothing: versions stored before they were known.
_WHOLE_MORE: Mapping[str, tuple[int, int, int]] = {
    "flood_minutes": (1, 60, 10),
    "flood_asked_from": (1, 1_000_000, 60),
    "flood_asked_from_all": (1, 1_000_000, 300),
    "flood_slow_from": (1, 1_000_000, 150),
    "flood_slow_from_all": (1, 1_000_000, 900),
    "flood_numbers": (1000, 10_000_000, 100_000),
    "codes_asked_from": (1, 1_000_000, 60),
    "burst_minutes": (1, 1440, 60),
    "burst_reports": (2, 10_000, 8),
    "burst_reports_district": (2, 10_000, 25),
    "burst_metres": (10, 20_000, 500),
    "similar_shown": (0, 10, 3),
    "similar_from": (1, 100, 25),
    "similar_days": (1, 3650, 180),
    "delisted_shown_days": (0, 3650, 365),
    "coverage_days": (30, 3650, 365),
    "burden_days": (30, 3650, 365),
    "visits_apart_days": (0, 365, 30),
    "lessons_shown": (0, 10, 3),
    "lessons_alike_least": (1, 4, 2),
    "lessons_recur_months": (1, 120, 12),
    "lessons_home": (0, 10, 3),
}


def _settings(entry: Entry) -> Settings:
    # `may_order` stood here until the ladder had a part of its own: stored versions still have it.
    fields = entry.fields(
        " ".join(_WHOLE), f"{' '.join(_WHOLE_MORE)} leave_to draw_source may_order"
    )
    numbers = {name: fields[name].whole(*bounds) for name, bounds in _WHOLE.items()}
    for name, (least, most, usual) in _WHOLE_MORE.items():
        numbers[name] = fields[name].whole(least, most) if name in fields else usual
    if numbers["upload_file_mb"] > numbers["upload_total_mb"]:
        raise fields["upload_file_mb"].fault("one file may be larger than all together")
    if numbers["notice_delay_seconds"] > numbers["take_back_minutes"] * 60:
        raise fields["notice_delay_seconds"].fault("is longer than a dispatch can be taken back")
    for asked, slow in (
        ("flood_asked_from", "flood_slow_from"),
        ("flood_asked_from_all", "flood_slow_from_all"),
    ):
        if numbers[asked] > numbers[slow]:
            raise fields.get(slow, entry).fault("the slow lane begins before the question")
    leave_to = LEAVE_TO
    if "leave_to" in fields:
        leave_to = fields["leave_to"].text()
        if not leave_to.startswith("https://"):
            raise fields["leave_to"].fault("must begin with https://")
    source = fields["draw_source"].words() if "draw_source" in fields else DRAW_SOURCE
    return Settings(**numbers, leave_to=leave_to, draw_source=source)


def write(city: City) -> dict[str, object]:
    """Return the city as plain data."""
    settings = city.settings
    return {
        "name": words_data(city.name),
        "operator": words_data(city.operator),
        "default_language": city.default_language,
        "time_zone": city.zone.key,
        "emergency_numbers": [
            {"number": item.number, **words_data(item.name)} for item in city.emergency_numbers
        ],
        "groups": [
            without_empty(
                {
                    "code": group.code,
                    "kind": group.kind,
                    **words_data(group.name),
                    "jurisdiction": group.jurisdiction,
                    "sectors": list(group.sectors),
                    "remit": words_data(group.remit) if group.remit else None,
                }
            )
            for group in city.groups
        ],
        "settings": {
            **{name: getattr(settings, name) for name in (*_WHOLE, *_WHOLE_MORE)},
            "leave_to": settings.leave_to,
            "draw_source": words_data(settings.draw_source),
        },
    }
