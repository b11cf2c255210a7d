"""Reading units, the register, and ties."""

from portal.units.queries.reading import (
    fields_of,
    ids_like,
    import_of,
    pattern_of,
    people_tied_to,
    ties_of,
    unit,
    unit_by_token,
    unit_exists,
    units_like,
)
from portal.units.queries.register import Key, Order, Page, Wanted, register

__all__ = [
    "Key",
    "Order",
    "Page",
    "Wanted",
    "fields_of",
    "ids_like",
    "import_of",
    "pattern_of",
    "people_tied_to",
    "register",
    "ties_of",
    "unit",
    "unit_by_token",
    "unit_exists",
    "units_like",
]
