"""Filters, keys and places of lists, as the address carries them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from portal.cases.kinds import Source, State
from portal.cases.queries import ONLY, ORDERS, Filter, Key, Place, Sorting
from portal.presets.kinds import RISK_COLOURS

#: Fields of the filter that hold several values, with those that there are; None: any code.
SEVERAL: Mapping[str, frozenset[str] | None] = {
    "states": frozenset(state.value for state in State),
    "colours": frozenset({*RISK_COLOURS, "none"}),
    "sources": frozenset(source.value for source in Source),
    "jurisdictions": None,
    "groups": None,
    "desks": None,
    "categories": None,
}
FLAGS = ("new_messages", "paused", "returned", "handler_me", "left")
WHEN = ("late", "soon", "mine", "others", "done")
#: Everything of a filter that an address may hold.
NAMES = (*SEVERAL, *FLAGS, "when")
MANY = 50


def filter_of(args: MultiDict[str, str], **fixed: Any) -> Filter:
    """Return the filter of an address; what it does not know is left out."""
    found: dict[str, Any] = {}
    for name, known in SEVERAL.items():
        values = frozenset(value for value in args.getlist(name)[:MANY] if "\x00" not in value)
        found[name] = values if known is None else values & known
    for name in FLAGS:
        found[name] = args.get(name) == "1"
    when = args.get("when", "")
    found["when"] = when if when in WHEN else ""
    return Filter(**(found | fixed))


def args_of(wanted: Filter) -> dict[str, Any]:
    """Return a filter as the arguments of an address."""
    found: dict[str, Any] = {name: sorted(getattr(wanted, name)) for name in SEVERAL}
    found |= {name: "1" for name in FLAGS if getattr(wanted, name)}
    found["when"] = wanted.when
    return {name: value for name, value in found.items() if value}


def key_text(key: Key | None) -> str | None:
    """Return a key of a page for an address."""
    return f"{key[0].astimezone(UTC).isoformat()}~{key[1]}" if key else None


def key_of(text: str | None) -> Key | None:
    """Return the key in an address; None for none and for rubbish."""
    moment, _tilde, name = (text or "").replace(" ", "+").partition("~")
    try:
        return _moment(moment), UUID(name)
    except ValueError:
        return None


def sorting_of(args: Mapping[str, str]) -> Sorting:
    """Return order and filter with which somebody goes through the intake."""
    order, only = args.get("order", ""), args.get("only", "")
    return Sorting(
        order=order if order in ORDERS else ORDERS[0], only=only if only in ONLY else ONLY[0]
    )


def sorting_args(sorting: Sorting) -> dict[str, Any]:
    """Return order and filter as the arguments of an address; the usual ones are left out."""
    found: dict[str, Any] = {}
    if sorting.order != ORDERS[0]:
        found["order"] = sorting.order
    if sorting.only != ONLY[0]:
        found["only"] = sorting.only
    return found


def place_text(place: Place | None) -> str | None:
    """Return a place in an order of the intake for an address."""
    if place is None:
        return None
    return "~".join(
        part.astimezone(UTC).isoformat() if isinstance(part, datetime) else str(part)
        for part in place
    )


def place_of_text(text: str | None, order: str) -> Place | None:
    """Return the place in an address; None for none and for rubbish."""
    parts = (text or "").replace(" ", "+").replace("\x00", "").split("~")
    try:
        match order, parts:
            case "due" | "oldest", [rank, moment, number]:
                return _rank(rank), _moment(moment), number
            case "newest", [rank, age, number]:
                return _rank(rank), Decimal(age), number
            case "place", [rank, district, township, moment, number]:
                return _rank(rank), district, township, _moment(moment), number
    except (ValueError, InvalidOperation):
        return None
    return None


def _rank(text: str) -> int:
    return int(text) if text in ("0", "1", "2", "3") else 1


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
