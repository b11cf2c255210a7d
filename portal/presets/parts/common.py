"""What all parts share: the head of a version, the codes that others may name, words as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from types import MappingProxyType
from typing import TypedDict

from portal.presets.entries import Entry
from portal.presets.kinds import Basis, Words

#: Fields that every part carries beside its own.
REQUIRED = "basis"
OPTIONAL = "source"


class HeadFields(TypedDict):
    """The fields that every versioned value begins with."""

    version: int
    holds_from: datetime
    basis: Basis
    source: str


@dataclass(frozen=True, slots=True)
class Known:
    """Codes of the other parts; None: not to be checked (a stored version is read again)."""

    groups: Mapping[str, str] | None = None
    sectors: frozenset[str] | None = None
    categories: frozenset[str] | None = None
    jurisdictions: frozenset[str] | None = None
    report_kinds: frozenset[str] | None = None
    channels: frozenset[str] | None = None


def head(fields: Mapping[str, Entry], version: int, holds_from: datetime) -> HeadFields:
    """Return the head of a version from its fields `basis` and `source`."""
    return {
        "version": version,
        "holds_from": holds_from,
        "basis": basis(fields["basis"]),
        "source": fields["source"].text() if "source" in fields else "",
    }


def basis(entry: Entry) -> Basis:
    """Return how far a value is known."""
    return Basis(entry.one_of([member.value for member in Basis], "there is no basis"))


def optional_text(fields: Mapping[str, Entry], name: str) -> str:
    """Return a text that may be left out."""
    return fields[name].text() if name in fields else ""


def named_words(entry: Entry) -> Mapping[str, Words]:
    """Return an ordered mapping code → words from a list of `{code, zh, en}`."""
    found: dict[str, Words] = {}
    for item in entry.items(least=1):
        fields = item.fields("code zh en")
        code = fields["code"].code()
        if code in found:
            raise fields["code"].fault(f'"{code}" stands here twice')
        found[code] = words_beside(item, "code zh en")
    return MappingProxyType(found)


def words_beside(item: Entry, required: str, optional: str = "") -> Words:
    """Return the words of `{zh, en, …}` where other fields stand beside them."""
    fields = item.fields(required, optional)
    pair = {"zh": fields["zh"], "en": fields["en"]}
    return Entry(item.file, item.path, item.field, item.line, pair).words()


def words_data(words: Words) -> dict[str, object]:
    """Return words as plain data."""
    return {"zh": words.zh, "en": words.en}


def named_words_data(named: Mapping[str, Words]) -> list[dict[str, object]]:
    """Return ordered words as plain data; a list, since stored JSON keeps no order of names."""
    return [{"code": code, **words_data(words)} for code, words in named.items()]


def clock_data(value: time) -> str:
    """Return a time of day as HH:MM."""
    return value.isoformat("minutes")


def without_empty(data: Mapping[str, object]) -> dict[str, object]:
    """Leave out what says nothing, so that a value left out and an empty one are stored alike."""
    return {key: value for key, value in data.items() if value not in ("", None) and value != []}
