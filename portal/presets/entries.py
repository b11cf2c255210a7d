"""A place in a preset file: its value, where it stands, and checks that name both."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import yaml

from portal.foundation.errors import SettingError
from portal.presets.kinds import Words

T = TypeVar("T")

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
CHINESE = re.compile(r"[\u3400-\u9fff]")
WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class PresetError(SettingError):
    """A preset is wrong: one sentence that names file, line and field."""

    def __init__(
        self, reason: str, *, file: str, line: int | None = None, field: str | None = None
    ) -> None:
        place = [file]
        if line is not None:
            place.append(f"line {line}")
        if field:
            place.append(f'field "{field}"')
        super().__init__(f"{', '.join(place)}: {reason}")
        self.file, self.line, self.field, self.reason = file, line, field, reason


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it was written; what it means is said by who reads it."""

    raw: str
    kind: Literal["text", "number", "flag", "nothing"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a file. `field` is the last key on the way to it, `path` the whole way."""

    file: str
    path: str
    field: str
    line: int | None
    value: "Scalar | dict[str, Entry] | list[Entry]"

    def fault(self, reason: str, *, field: str | None = None) -> PresetError:
        """Return the error to raise; without a line the whole path stands for the field."""
        name = field or self.field
        if self.line is None:
            name = f"{self.path}.{field}".strip(".") if field else self.path
        return PresetError(reason, file=self.file, line=self.line, field=name)

    def fields(self, required: str, optional: str = "") -> "dict[str, Entry]":
        """Return the values by name; refuse a missing and an unknown name."""
        if not isinstance(self.value, dict):
            raise self.fault("must be a list of named values (name: value)")
        needed, known = required.split(), {*required.split(), *optional.split()}
        for name, entry in self.value.items():
            if name not in known:
                raise entry.fault(f"unknown field; known here are {', '.join(sorted(known))}")
        for name in needed:
            if name not in self.value:
                raise self.fault("is missing", field=name)
        return self.value

    def named(self) -> "dict[str, Entry]":
        """Return the values of a mapping whose names are free."""
        if not isinstance(self.value, dict):
            raise self.fault("must be a list of named values (name: value)")
        return self.value

    def items(self, *, least: int = 0) -> "list[Entry]":
        """Return the values of a list with at least `least` of them."""
        if not isinstance(self.value, list):
            raise self.fault("must be a list")
        if len(self.value) < least:
            raise self.fault(f"needs at least {least}")
        return self.value

    def _raw(self, expected: str) -> str:
        if not isinstance(self.value, Scalar) or self.value.kind == "nothing":
            raise self.fault(f"must be {expected}")
        return self.value.raw

    def text(self) -> str:
        """Return a text that is not empty; a bare `no` or `on` is a YAML trap and is refused."""
        raw = self._raw("a text")
        if isinstance(self.value, Scalar) and self.value.kind == "flag":
            raise self.fault(f'must be a text: put "{raw}" in quotes')
        if not raw.strip():
            raise self.fault("must not be empty")
        return raw

    def code(self) -> str:
        """Return a code of letters, digits, dots, dashes and underscores."""
        raw = self.text()
        if not CODE.fullmatch(raw):
            raise self.fault(f'"{raw}" is not a code (letters, digits, ".", "-", "_")')
        return raw

    def one_of(self, known: Collection[str], reason: str) -> str:
        """Return a code that is among `known`; `reason` is the sentence before the code."""
        raw = self.text()
        if raw not in known:
            raise self.fault(f'{reason} "{raw}"')
        return raw

    def whole(self, least: int = 0, most: int = 1_000_000) -> int:
        """Return a whole number within bounds."""
        raw = self._raw("a whole number")
        if isinstance(self.value, Scalar) and self.value.kind != "number":
            raise self.fault(f'must be a whole number, not "{raw}"')
        if not WHOLE.fullmatch(raw):
            raise self.fault(f'must be a whole number, not "{raw}"')
        number = int(raw)
        if not least <= number <= most:
            raise self.fault(f"must be from {least} to {most}, not {raw}")
        return number

    def decimal(self, least: str, most: str, places: int) -> Decimal:
        """Return a number within bounds, exactly as written, with at most so many places."""
        raw = self._raw("a number")
        if not re.fullmatch(rf"[0-9]{{1,9}}(\.[0-9]{{1,{places}}})?", raw):
            raise self.fault(f'must be a number with at most {places} places, not "{raw}"')
        if not Decimal(least) <= (number := Decimal(raw)) <= Decimal(most):
            raise self.fault(f"must be from {least} to {most}, not {raw}")
        return number

    def number(self, least: float, most: float) -> float:
        """Return a number within bounds."""
        raw = self._raw("a number")
        try:
            number = float(raw)
        except ValueError:
            raise self.fault(f'must be a number, not "{raw}"') from None
        if not least <= number <= most:
            raise self.fault(f"must be from {least:g} to {most:g}, not {raw}")
        return number

    def flag(self) -> bool:
        """Return true or false, written so."""
        raw = self._raw("true or false")
        if raw not in ("true", "false"):
            raise self.fault(f'must be true or false, not "{raw}"')
        return raw == "true"

    def day(self) -> date:
        """Return a day, written YYYY-MM-DD."""
        raw = self._raw("a day (YYYY-MM-DD)")
        try:
            if not DAY.fullmatch(raw):
                raise ValueError
            return date.fromisoformat(raw)
        except ValueError:
            raise self.fault(f'"{raw}" is not a day (YYYY-MM-DD)') from None

    def moment(self, zone: ZoneInfo) -> datetime:
        """Return a moment: a day begins at midnight in `zone`, a time of day needs an offset."""
        raw = self._raw("a day or a time with offset")
        if DAY.fullmatch(raw):
            return datetime.combine(self.day(), time(), zone)
        try:
            moment = datetime.fromisoformat(raw)
            if moment.tzinfo is None:
                raise ValueError
        except ValueError:
            raise self.fault(
                f'"{raw}" is neither a day (YYYY-MM-DD) nor a time with offset'
            ) from None
        return moment

    def clock(self) -> time:
        """Return a time of day, written HH:MM."""
        raw = self._raw("a time of day (HH:MM)")
        if not CLOCK.fullmatch(raw):
            raise self.fault(f'"{raw}" is not a time of day (HH:MM)')
        return time.fromisoformat(raw)

    def span(self) -> tuple[time, time]:
        """Return two times of day, written [HH:MM, HH:MM]; they must differ."""
        items = self.items()
        if len(items) != 2:
            raise self.fault("needs two times of day: [HH:MM, HH:MM]")
        start, end = (item.clock() for item in items)
        if start == end:
            raise self.fault("begins and ends at the same time of day")
        return start, end

    def words(self) -> Words:
        """Return a text in both languages; the Chinese one must hold Chinese, the other none."""
        fields = self.fields("zh en")
        zh, en = fields["zh"].text(), fields["en"].text()
        if not CHINESE.search(zh):
            raise fields["zh"].fault(f'holds no Chinese: "{zh}"')
        if CHINESE.search(en):
            raise fields["en"].fault(f'holds Chinese: "{en}"')
        return Words(zh, en)

    def codes(self, known: Collection[str], reason: str) -> frozenset[str]:
        """Return a list of codes out of `known`, none of them twice, at least one."""
        seen: set[str] = set()
        for item in self.items(least=1):
            code = item.one_of(known, reason)
            if code in seen:
                raise item.fault(f'"{code}" stands here twice')
            seen.add(code)
        return frozenset(seen)


def by_code(
    entries: Iterable[Entry], read: Callable[[Entry], T], *, key: str = "code"
) -> Mapping[str, T]:
    """Read a list of named things into an ordered, unchangeable mapping; a code stands once."""
    found: dict[str, T] = {}
    for entry in entries:
        code_entry = entry.named().get(key)
        if code_entry is None:
            raise entry.fault("is missing", field=key)
        code = code_entry.code()
        if code in found:
            raise code_entry.fault(f'"{code}" stands here twice')
        found[code] = read(entry)
    return MappingProxyType(found)


def entry_of_data(data: Any, *, file: str, path: str = "", field: str = "") -> Entry:
    """Return plain data (stored JSON) as an entry without lines."""
    value: Scalar | dict[str, Entry] | list[Entry]
    if isinstance(data, Mapping):
        value = {
            str(key): entry_of_data(
                inner, file=file, path=f"{path}.{key}".strip("."), field=str(key)
            )
            for key, inner in data.items()
        }
    elif isinstance(data, list | tuple):
        value = [
            entry_of_data(inner, file=file, path=f"{path}[{index}]", field=field)
            for index, inner in enumerate(data)
        ]
    elif isinstance(data, bool):
        value = Scalar("true" if data else "false", "flag")
    elif data is None:
        value = Scalar("", "nothing")
    else:
        value = Scalar(str(data), "text" if isinstance(data, str) else "number")
    return Entry(file, path, field, None, value)


#: libyaml's where it is there, as in every wheel: a tenth of the time.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Far more than a preset needs; libyaml would go on until the stack is full.
_DEEPEST = 100


def _must_be_plain(text: str) -> None:
    """Raise MarkedYAMLError for references (none is needed, and a few lines of them can fill
    memory) and for what is nested too deeply.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            problem = "references (*name) are not allowed"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)  # type: ignore[arg-type]
        if depth > _DEEPEST:
            raise yaml.MarkedYAMLError(problem="is nested too deeply", problem_mark=mark)  # type: ignore[arg-type]


_KINDS: Mapping[str, Literal["number", "flag", "nothing"]] = {
    "tag:yaml.org,2002:int": "number",
    "tag:yaml.org,2002:float": "number",
    "tag:yaml.org,2002:bool": "flag",
    "tag:yaml.org,2002:null": "nothing",
}
#: What plain YAML without tags resolves to.
_TAGS = frozenset(_KINDS) | {
    f"tag:yaml.org,2002:{name}" for name in ("str", "timestamp", "map", "seq", "merge", "value")
}


def entry_of_yaml(text: str, *, file: str) -> Entry:
    """Return the one document of a YAML text, every entry with its line.

    Raises PresetError for bad syntax, a name used twice in one mapping, references and tags.
    """
    try:
        _must_be_plain(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise PresetError(
            ", ".join(part for part in (error.context, error.problem) if part),
            file=file,
            line=mark.line + 1 if mark else None,
        ) from None
    except yaml.YAMLError as error:
        raise PresetError(" ".join(str(error).split()), file=file) from None
    if node is None:
        raise PresetError("the file is empty", file=file)
    return _entry(node, file, "", "")


def _entry(node: yaml.Node, file: str, path: str, field: str) -> Entry:
    line = node.start_mark.line + 1
    if node.tag not in _TAGS:
        raise PresetError(f"the tag {node.tag} is not allowed", file=file, line=line, field=field)
    value: Scalar | dict[str, Entry] | list[Entry]
    if isinstance(node, yaml.MappingNode):
        value = {}
        for key_node, inner in node.value:
            key = key_node.value
            key_line = key_node.start_mark.line + 1
            if not isinstance(key, str):
                raise PresetError("a name must be a plain text", file=file, line=key_line)
            if key in value:
                raise PresetError("stands here twice", file=file, line=key_line, field=key)
            entry = _entry(inner, file, f"{path}.{key}".strip("."), key)
            # A block begins below its name; the name's line is where people look.
            value[key] = Entry(file, entry.path, key, key_line, entry.value)
    elif isinstance(node, yaml.SequenceNode):
        value = [
            _entry(inner, file, f"{path}[{index}]", field) for index, inner in enumerate(node.value)
        ]
    else:
        value = Scalar(node.value, _KINDS.get(node.tag, "text"))
    return Entry(file, path, field, line, value)
