"""How a foreign log becomes cases: which column is what, and its values in our codes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from portal.cases.kinds import Resolution
from portal.cases.services import Imported
from portal.presets.entries import Entry, PresetError, entry_of_yaml
from portal.presets.kinds import Preset
from portal.presets.parts.limits import zone_of

SCHEMA = "hazard-portal/import@1"
#: Characters of all words of a row together.
WORDS_MOST = 20_000
KEY_MOST = 200


@dataclass(frozen=True, slots=True)
class BadRow(Exception):
    """A row that can't be taken in: which field of the mapping, and a code that says why."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Translated:
    """A column whose values are turned into codes; `default` for values that are not listed."""

    column: str | None
    values: Mapping[str, str]
    default: str | None

    def of(self, row: Mapping[str, str]) -> str | None:
        value = row[self.column].strip() if self.column else ""
        return self.values.get(value, self.default)


@dataclass(frozen=True)
class ImportMapping:
    source: str
    kind: str
    zone: ZoneInfo
    formats: tuple[str, ...]
    key: str
    opened: str
    closed: str | None
    words: tuple[str, ...]
    place: tuple[str, ...]
    category: Translated
    jurisdiction: Translated
    resolution: Translated
    #: Values of a column that say whether a row is open or closed; None: the closing time says.
    status: Translated | None

    @cached_property
    def columns(self) -> set[str]:
        """Every column that the file must have."""
        translated = (self.category, self.jurisdiction, self.resolution, self.status)
        named = {one.column for one in translated if one is not None}
        named |= {self.key, self.opened, self.closed, *self.words, *self.place}
        return {name for name in named if name is not None}

    def row(self, row: Mapping[str, str], *, now: datetime) -> Imported:
        """Return a row in our terms. Raises BadRow naming the field of the mapping."""
        self._check_text(row)
        key = row[self.key].strip()
        if not key or len(key) > KEY_MOST:
            raise BadRow("key", "missing" if not key else "too_long")
        opened = self._moment("opened", row[self.opened])
        if opened is None:
            raise BadRow("opened", "missing")
        closed = self._moment("closed", row[self.closed]) if self.closed else None
        if opened > now or (closed or opened) > now:
            raise BadRow("opened" if opened > now else "closed", "in_the_future")
        if closed is not None and closed < opened:
            raise BadRow("closed", "before_opened")
        self._check_status(row, is_closed=closed is not None)
        summary = "\n".join(filter(None, (row[name].strip() for name in self.words)))
        place = " ".join(filter(None, (row[name].strip() for name in self.place)))
        if not summary:
            raise BadRow("words", "missing")
        if len(summary) + len(place) > WORDS_MOST:
            raise BadRow("words", "too_long")
        resolution = self.resolution.of(row) if closed else None
        return Imported(
            key=key,
            opened_at=opened,
            closed_at=closed,
            resolution=Resolution(resolution) if resolution else None,
            summary=summary,
            place=place,
            kind=self.kind,
            category=self.category.of(row),
            jurisdiction=self.jurisdiction.of(row),
        )

    def _check_text(self, row: Mapping[str, str]) -> None:
        for name in self.columns:
            value = row[name]
            try:
                value.encode()
            except UnicodeEncodeError:  # bytes that were no UTF-8 came in as half surrogates
                raise BadRow(self._field_of(name), "not_utf8") from None
            if "\x00" in value:
                raise BadRow(self._field_of(name), "zero_byte")

    def _field_of(self, column: str) -> str:
        known = {self.key: "key", self.opened: "opened", self.closed: "closed"}
        return known.get(column) or ("place" if column in self.place else "words")

    def _check_status(self, row: Mapping[str, str], *, is_closed: bool) -> None:
        if self.status is None:
            return
        said = self.status.of(row)
        if said is None:
            raise BadRow("status", "unknown")
        if (said == "closed") != is_closed:
            raise BadRow("status", "differs_from_closed")

    def _moment(self, field: str, raw: str) -> datetime | None:
        raw = raw.strip()
        if not raw:
            return None
        for form in self.formats:
            try:
                found = datetime.strptime(raw, form)  # noqa: DTZ007  the zone comes next
            except ValueError:
                continue
            if found.tzinfo is None:
                found = found.replace(tzinfo=self.zone)
            try:
                return found.astimezone(UTC)
            except OverflowError:
                break
        raise BadRow(field, "no_time")


def read_mapping(file: Path, preset: Preset) -> ImportMapping:
    """Read a mapping; raises PresetError naming file, line and field."""
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise PresetError("is not written in UTF-8", file=file.name) from None
    top = entry_of_yaml(text, file=file.name).fields("schema source time columns", "kind")
    if top["schema"].text() != SCHEMA:
        raise top["schema"].fault(f'must be "{SCHEMA}"')
    time = top["time"].fields("zone formats")
    columns = top["columns"].fields(
        "key opened words", "closed place category jurisdiction resolution status"
    )
    taxonomy = preset.taxonomy
    resolution = _translated(columns.get("resolution"), [one.value for one in Resolution])
    if "closed" in columns and resolution.default is None:
        raise top["columns"].fault("needs a resolution with a default", field="resolution")
    return ImportMapping(
        source=top["source"].code(),
        kind=top["kind"].one_of(taxonomy.report_kinds, "unknown kind")
        if "kind" in top
        else "hazard",
        zone=zone_of(time["zone"]),
        formats=tuple(entry.text() for entry in time["formats"].items(least=1)),
        key=columns["key"].text(),
        opened=columns["opened"].text(),
        closed=columns["closed"].text() if "closed" in columns else None,
        words=_names(columns["words"]),
        place=_names(columns["place"]) if "place" in columns else (),
        category=_translated(columns.get("category"), taxonomy.categories),
        jurisdiction=_translated(columns.get("jurisdiction"), taxonomy.jurisdictions),
        resolution=resolution,
        status=_translated(columns["status"], ("open", "closed")) if "status" in columns else None,
    )


def _names(entry: Entry) -> tuple[str, ...]:
    return tuple(one.text() for one in entry.items(least=1))


def _translated(entry: Entry | None, known: Collection[str]) -> Translated:
    """Read `{column, values, default}`; all may be left out but a default without a column."""
    if entry is None:
        return Translated(None, {}, None)
    given = entry.fields("", "column values default")
    listed = given["values"].named() if "values" in given else {}
    return Translated(
        given["column"].text() if "column" in given else None,
        {value: code.one_of(known, "unknown code") for value, code in listed.items()},
        given["default"].one_of(known, "unknown code") if "default" in given else None,
    )
