"""Reading units, the register, and ties."""

from portal.units.queries.chain import (
    About,
    Gaps,
    about_unit,
    chain_at,
    posts_of,
    units_with_gaps,
)
from portal.units.queries.reading import (
    fields_of,
    ids_like,
    import_of,
    pattern_of,
    people_tied_to,
    tied_units,
    ties_of,
    unit,
    unit_by_token,
    unit_exists,
    units_like,
)
from portal.units.queries.register import Key, Order, Page, Wanted, register

__all__ = [
    "About",
    "Gaps",
    "Key",
    "Order",
    "Page",
    "Wanted",
    "about_unit",
    "chain_at",
    "fields_of",
    "ids_like",
    "import_of",
    "pattern_of",
    "people_tied_to",
    "posts_of",
    "register",
    "tied_units",
    "ties_of",
    "unit",
    "unit_by_token",
    "unit_exists",
    "units_like",
    "units_with_gaps",
]
