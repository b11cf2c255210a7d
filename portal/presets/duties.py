"""What units have to look at and declare by themselves, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.presets.kinds import Basis, Words

#: How often a duty comes round.
EVERY = ("month", "quarter", "year")
#: Who at the unit has to do it, as links of the responsibility chain.
DOERS = ("main_responsible_person", "safety_officer")
SIZES = ("large", "medium", "small", "micro")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Which units are meant; what is empty asks nothing."""

    sectors: frozenset[str] = frozenset()
    sizes: frozenset[str] = frozenset()

    def means(self, sector: str | None, size: str | None) -> bool:
        """Say whether a unit is meant; one whose sector or size nobody knows is."""
        is_of_sector = not self.sectors or sector is None or sector in self.sectors
        return is_of_sector and (not self.sizes or size is None or size in self.sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One thing that units have to do again and again."""

    code: str
    name: Words
    every: str
    doer: str
    basis: Basis
    source: str = ""
    #: It is done item by item; else its record is what was done, in words.
    by_checklist: bool = True
    whom: Whom = Whom()


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfInspection:
    """The duties, and when a month has to be declared."""

    version: int
    holds_from: datetime
    duties: Mapping[str, Duty]
    #: Which units declare each month.
    declare: Whom
    #: The day of the following month on which the declaration is due, or the next working day.
    due_day: int
    #: So many days before that day, units are reminded.
    remind_days: int
    #: For so many days a return of nothing found is held beside what is found later.
    look_back_days: int
    #: Within so many working days a unit answers an inside report; None: none are taken.
    inside_days: int | None = None
    basis: Basis = Basis.PRODUCT
    source: str = ""
