"""A city's rules as frozen values, each version with the moment from which it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo


class PresetKind(StrEnum):
    """The parts of a preset that are versioned apart."""

    CITY = "city"
    LIMITS = "limits"
    CALENDAR = "calendar"
    TAXONOMY = "taxonomy"
    ROUTING = "routing"
    NOTICES = "notices"


class TimeUnit(StrEnum):
    """Units of limits, under the names of `time-limits.yaml`."""

    MINUTE = "minute"
    CLOCK_HOUR = "clock_hour"
    WORKING_HOUR = "working_hour"
    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"


class Basis(StrEnum):
    """How far a number is known; only `STATUTE` may be shown as what the law says."""

    STATUTE = "statute"
    DOCUMENT = "document"
    LOCAL = "local"
    MEMORY = "memory"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Words:
    """A name or sentence in both languages."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text for a locale name such as `zh_Hans_CN` or `en`."""
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Extension:
    """How often and by how much a limit can be extended, in the limit's own unit."""

    value: int
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One time limit: `value` `unit`s from the fact `starts` to the fact `stops`."""

    id: str
    name: Words
    value: int
    unit: TimeUnit
    basis: Basis
    source: str = ""
    extension: Extension | None = None
    pausable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRules:
    """Reasons for which a clock may stand still, and for how many days at a time."""

    reasons: Mapping[str, Words]
    max_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimitPolicy:
    """All limits and the windows of the road, as they hold from `holds_from`."""

    version: int
    holds_from: datetime
    zone: ZoneInfo
    #: Spans of a working day, for limits in working hours; ascending, not overlapping.
    working_hours: tuple[tuple[time, time], ...]
    limits: Mapping[str, Limit]
    pause: PauseRules
    #: Minutes in which the dispatcher may take a dispatch back, and seconds for which its notices
    #: wait; days after closing in which a case may be reopened, and so on, by name.
    windows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Rest days and make-up working days.

    Weekends rest unless a day stands in `working`. A year outside `noticed` has no notice of the
    State Council yet: its days come from the standing regulation in `standing`, and every due
    date that reaches into it is provisional.
    """

    version: int
    holds_from: datetime
    #: Rest days besides weekends (or on them) by the notices, with the holiday's name.
    rest: Mapping[date, Words]
    #: Weekend days that are worked.
    working: frozenset[date]
    #: Years whose notice is loaded.
    noticed: frozenset[int]
    #: Rest days by the standing regulation for years without notice.
    standing: Mapping[date, Words]


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A hazard type, e.g. `fire.exit_blocked`; its subtree is told by the dots."""

    code: str
    sector: str
    name: Words
    default_risk: str
    urgent: bool
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A listed reason (refusal, transfer office, return): code, words, what the reader may do."""

    code: str
    name: Words
    advice: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Township:
    code: str
    name: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Jurisdiction:
    code: str
    name: Words
    townships: tuple[Township, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """The words of the city: kinds, channels, categories, sectors, places, listed reasons."""

    version: int
    holds_from: datetime
    report_kinds: Mapping[str, Words]
    channels: Mapping[str, Words]
    sectors: Mapping[str, Words]
    categories: Mapping[str, Category]
    jurisdictions: Mapping[str, Jurisdiction]
    refusal_reasons: Mapping[str, Reason]
    #: Offices to which a matter can be handed over (`transfer_out`, `refer_accident`).
    offices: Mapping[str, Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """When a routing rule matches: every filled field must; an empty one asks nothing."""

    jurisdictions: frozenset[str] = frozenset()
    #: A code or the head of one: `fire` takes `fire.exit_blocked`.
    categories: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    #: Local wall-clock span; may cross midnight.
    hours: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRule:
    """The id stays through all versions; `to` is a group's code."""

    id: str
    when: Conditions
    to: str
    why: Words
    why_public: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRuleSet:
    """Ordered; the last rule asks nothing and names the duty desk."""

    version: int
    holds_from: datetime
    rules: tuple[RoutingRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPreset:
    """A group that the preset sets up: supervision by jurisdiction, inspection by sector, desk."""

    code: str
    kind: str
    name: Words
    jurisdiction: str | None = None
    sectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Name of the portal and its operator, default language, emergency numbers, groups, seats."""

    version: int
    holds_from: datetime
    name: Words
    operator: Words
    default_language: str
    groups: tuple[GroupPreset, ...]
    #: (role, action-free) settings that the operator may turn, by name.
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRule:
    """Who is told when: event kind → receivers, by the names that `notices` knows."""

    event: str
    tell: tuple[str, ...]
    delay_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTable:
    version: int
    holds_from: datetime
    rules: tuple[NoticeRule, ...]
    #: No mail between these wall-clock times, but for red.
    quiet: tuple[time, time]
    #: Wall-clock time of the digest on working days.
    digest_at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Everything in force at one moment."""

    city: City
    limits: TimeLimitPolicy
    calendar: Calendar
    taxonomy: Taxonomy
    routing: RoutingRuleSet
    notices: NoticeTable
