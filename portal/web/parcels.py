"""What a phone sends of an inspection that it kept without a network: read from JSON."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

#: More than a long checklist has items; a phone with more to send asks again.
ENTRIES_MAX = 200
#: Largest counts and seconds that are read: a number beyond is rubbish.
NUMBER_MAX = 2**31 - 1
#: Fields of an item that a phone has; all others are left aside.
FIELDS = ("result", "place", "note", "major", "on_spot")


class NotRead(Exception):
    """What came is not what our script sends."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One entry: an answer with what was typed, or a photo by its hash."""

    id: UUID
    item: str
    #: Seconds between entering and sending; no clock of a phone is asked for more.
    ago: int
    #: How often the item had been changed as far as who entered it knew.
    seen: int = 0
    #: Entries of the same phone in whose place this one comes.
    after: tuple[UUID, ...] = ()
    typed: dict[str, str] = field(default_factory=dict)
    #: Of a photo; "" for an answer.
    sha256: str = ""
    name: str = ""

    @property
    def is_photo(self) -> bool:
        return bool(self.sha256)

    def at(self, started: datetime, now: datetime) -> datetime:
        """Return when it was entered: within the inspection, and not after now."""
        return max(started, now - timedelta(seconds=self.ago)) if started < now else now

    def filled(self, token: str) -> MultiDict[str, str]:
        """Return what the form of the item's own page would bring."""
        return MultiDict({**self.typed, "csrf_token": token})


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """All that a phone sends at once, for one inspection."""

    inspection: UUID
    token: str
    entries: tuple[Kept, ...]

    def is_ours(self) -> bool:
        """Say whether the token is that of this session."""
        return bool(FlaskForm(formdata=MultiDict({"csrf_token": self.token})).validate())


def parcel_of(body: Any) -> Parcel:
    """Read what came. Raises NotRead."""
    if not isinstance(body, dict) or not isinstance(body.get("entries"), list):
        raise NotRead("entries")
    entries = tuple(_kept(one) for one in body["entries"][: ENTRIES_MAX + 1])
    if len(entries) > ENTRIES_MAX or sum(one.is_photo for one in entries) > 1:
        raise NotRead("entries")
    inspection, token = _id(body.get("inspection")), _text(body, "token")
    return Parcel(inspection=inspection, token=token, entries=entries)


def _kept(given: Any) -> Kept:
    if not isinstance(given, dict):
        raise NotRead("entry")
    after, typed = given.get("after", []), given.get("fields", {})
    if not isinstance(after, list) or len(after) > ENTRIES_MAX or not isinstance(typed, dict):
        raise NotRead("entry")
    return Kept(
        id=_id(given.get("id")),
        item=_text(given, "item"),
        ago=_number(given.get("ago", 0)),
        seen=_number(given.get("seen", 0)),
        after=tuple(_id(one) for one in after),
        typed={name: _text(typed, name) for name in FIELDS if typed.get(name)},
        sha256=_text(given, "sha256").lower(),
        name=_text(given, "name"),
    )


def _id(given: Any) -> UUID:
    try:
        return UUID(hex=given)
    except (AttributeError, TypeError, ValueError) as error:
        raise NotRead("id") from error


def _number(given: Any) -> int:
    if not isinstance(given, int) or not 0 <= given <= NUMBER_MAX:
        raise NotRead("number")
    return int(given)


def _text(given: dict[str, Any], name: str) -> str:
    text = given.get(name, "")
    if not isinstance(text, str):
        raise NotRead(name)
    # JSON can hold halves of characters, which no form sends and no table takes.
    return text.encode("utf-8", "replace").decode("utf-8")
