"""Changing units and ties."""

from portal.units.lifecycle.fields import UnitFields
from portal.units.services.imports import Tally, import_units, keep_import
from portal.units.services.register import add_unit, edit_unit, register_unit
from portal.units.services.ties import declare_tie, end_tie

__all__ = [
    "Tally",
    "UnitFields",
    "add_unit",
    "declare_tie",
    "edit_unit",
    "end_tie",
    "import_units",
    "keep_import",
    "register_unit",
]
