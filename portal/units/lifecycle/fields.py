"""The fields of a unit: what is wrong with them, and the grams by which they are found."""

import re
from dataclasses import dataclass, fields
from typing import Any

from portal.foundation.addresses import is_mail_address
from portal.foundation.errors import Incomplete
from portal.foundation.grams import grams
from portal.presets.kinds import RISK_COLOURS, Taxonomy
from portal.units.kinds import Size

#: Characters that a field takes.
LONGEST = {
    "name": 200,
    "address": 500,
    "contact_name": 100,
    "contact_phone": 50,
    "contact_email": 200,
    "risk_reason": 500,
}
WORKERS_MOST = 10_000_000
#: GB 32100-2015: the signs of a unified social credit code, the weight of each place.
CODE = re.compile(r"[0-9A-HJ-NP-RTUWXY]{18}")
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


@dataclass(frozen=True, kw_only=True)
class UnitFields:
    """What is known of a unit; only the name must be."""

    name: str
    registration_code: str | None = None
    address: str = ""
    jurisdiction: str | None = None
    township: str | None = None
    sector: str | None = None
    size: Size | None = None
    workers: int | None = None
    contact_name: str = ""
    contact_phone: str | None = None
    contact_email: str | None = None
    risk_colour: str | None = None
    risk_reason: str = ""


def tidy(given: UnitFields) -> UnitFields:
    """Return the fields without blanks around them; of empty ones what says "not known"."""
    found: dict[str, Any] = {}
    for field in fields(UnitFields):
        value = getattr(given, field.name)
        if isinstance(value, str) and not isinstance(value, Size):
            value = value.strip() or (None if field.default is None else "")
        found[field.name] = value
    if found["registration_code"]:
        found["registration_code"] = found["registration_code"].upper()
    return UnitFields(**found)


def check(given: UnitFields, taxonomy: Taxonomy | None = None) -> None:
    """Raise Incomplete naming the field that cannot stand so; `given` is tidy.

    Without a taxonomy the codes of places and sectors are taken as they are.
    """
    if not given.name:
        raise Incomplete("name", "unit_name_missing")
    for name, most in LONGEST.items():
        if len(getattr(given, name) or "") > most:
            raise Incomplete(name, "unit_too_long")
    if given.registration_code and not is_registration_code(given.registration_code):
        raise Incomplete("registration_code", "unit_code_wrong")
    if given.contact_email and not is_mail_address(given.contact_email):
        raise Incomplete("contact_email", "unit_email_wrong")
    if given.workers is not None and not 0 <= given.workers <= WORKERS_MOST:
        raise Incomplete("workers", "unit_workers_wrong")
    if given.risk_colour and given.risk_colour not in RISK_COLOURS:
        raise Incomplete("risk_colour", "unit_colour_unknown")
    if given.risk_colour and not given.risk_reason:
        raise Incomplete("risk_reason", "unit_risk_reason_missing")
    if taxonomy is not None:
        _check_codes(given, taxonomy)


def _check_codes(given: UnitFields, taxonomy: Taxonomy) -> None:
    if given.sector and given.sector not in taxonomy.sectors:
        raise Incomplete("sector", "unit_sector_unknown")
    place = taxonomy.jurisdictions.get(given.jurisdiction or "")
    if given.jurisdiction and place is None:
        raise Incomplete("jurisdiction", "unit_place_unknown")
    inside = {one.code for one in place.townships} if place else set()
    if given.township and given.township not in inside:
        raise Incomplete("township", "unit_place_unknown")


def is_registration_code(code: str) -> bool:
    """Say whether this is a unified social credit code: the last sign checks the others."""
    if not CODE.fullmatch(code):
        return False
    total = sum(SIGNS.index(sign) * weight for sign, weight in zip(code, WEIGHTS, strict=False))
    return SIGNS[-total % 31] == code[17]


def changed(before: UnitFields, after: UnitFields) -> list[str]:
    """Return the names of the fields that differ."""
    names = [field.name for field in fields(UnitFields)]
    return [name for name in names if getattr(before, name) != getattr(after, name)]


# A code among the grams: none is cut from words, since these hold no colon.


def sector_mark(code: str) -> str:
    """Return what stands among the grams of every unit of a sector."""
    return f"sector:{code}"


def place_mark(code: str) -> str:
    """Return what stands among the grams of every unit of a district or township."""
    return f"place:{code}"


def colour_mark(colour: str) -> str:
    """Return what stands among the grams of every unit of a risk colour."""
    return f"risk:{colour}"


def search_grams(unit: UnitFields) -> list[str]:
    """Return by what a unit is found: words of name, address and code; sector, place, colour.

    Sector and place by their codes: the preset can give them other names. No word of whom to
    reach there.
    """
    found = grams(unit.name, unit.address, unit.registration_code or "")
    if unit.sector:
        found.append(sector_mark(unit.sector))
    found += [place_mark(code) for code in (unit.jurisdiction, unit.township) if code]
    if unit.risk_colour:
        found.append(colour_mark(unit.risk_colour))
    return found


def marks_of(word: str, taxonomy: Taxonomy) -> list[str]:
    """Return the marks of sectors and places whose name holds a folded word of two characters."""
    if len(word) < 2:
        return []
    named = {sector_mark(code): words for code, words in taxonomy.sectors.items()}
    for place in taxonomy.jurisdictions.values():
        named[place_mark(place.code)] = place.name
        named |= {place_mark(one.code): one.name for one in place.townships}
    return [
        mark
        for mark, words in named.items()
        if word in words.zh.casefold() or word in words.en.casefold()
    ]
