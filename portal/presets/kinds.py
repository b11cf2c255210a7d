"""A city's rules as frozen values, each version with the moment from which it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from portal.presets.areas import Boundaries
    from portal.presets.duties import SelfInspection
    from portal.presets.ladders import Ladder
    from portal.presets.rewarding import RewardRules
    from portal.presets.risk_kinds import RiskMethod


class PresetKind(StrEnum):
    """The parts of a preset that are versioned apart."""

    CITY = "city"
    LIMITS = "limits"
    CALENDAR = "calendar"
    TAXONOMY = "taxonomy"
    ROUTING = "routing"
    NOTICES = "notices"
    LADDER = "ladder"
    REWARDS = "rewards"
    SELF_INSPECTION = "selfinspection"
    BOUNDARIES = "boundaries"
    #: One of several, each versioned apart under its code.
    CHECKLIST = "checklist"


class PresetSource(StrEnum):
    """Who wrote a version: the preset's folder, or somebody in the portal."""

    FOLDER = "folder"
    PORTAL = "portal"


class Receiver(StrEnum):
    """Whom a notice can be for; `notices` turns each into people or addresses."""

    MEMBERS = "members"
    LEAD = "lead"
    HANDLER = "handler"
    DISPATCHER = "dispatcher"
    REVIEWERS = "reviewers"
    ARBITER = "arbiter"
    UNIT = "unit"
    #: The post toward which a disciplinary step is taken.
    ADDRESSEE = "addressee"
    #: All who hold that office; whoever had a part in what is told is left out.
    DIRECTOR = "director"
    #: People at the unit who have an account.
    AT_UNIT = "at_unit"
    #: Reporters who left an address: only that there is something new, once an hour at most.
    REPORTER = "reporter"


_EVENTS = (
    "filed opened accepted dispatched refused transferred_out office_replied accident_referred "
    "merged split "
    "withdrawn signed_for taken_back returned return_asked return_decided reassigned "
    "handler_assigned inspected level_decided risk_assessed task_book_issued task_book_signed "
    "item_reported item_withdrawn interim_reported extension_asked extension_decided check_signed "
    "review_passed review_failed "
    "verified concluded closed objected objection_decided reopened paused resumed asked answered "
    "evidence_added files_released rated noted recused set_aside lane_changed step_proposed "
    "step_ordered step_answered step_ended step_link_revoked interview_held commitment_settled "
    "evidence_taken "
    "link_revoked task_supplemented work_accepted delisting_asked delisting_decided breached "
    "reward_proposed reward_approved reward_ended reward_denied reward_claimed reward_lapsed "
    "alarm_raised alarm_ended safety_told help_changed declaration_near declaration_late "
    "inside_waiting inside_late"
)
#: What is done with a lesson, as far as somebody is told.
LESSON_EVENTS = frozenset(
    ("lesson_handed_in", "lesson_sent_back", "lesson_read", "lesson_published")
)
#: Events of the road that may stand in the notice table.
NOTICE_EVENTS = frozenset(_EVENTS.split()) | LESSON_EVENTS

RISK_COLOURS = ("red", "orange", "yellow", "blue")
HAZARD_LEVELS = ("general", "major")
GROUP_KINDS = ("supervision", "inspection", "desk")
LANGUAGES = ("zh_Hans_CN", "en")
HAND_OVER_MOVES = ("transfer_out", "refer_accident")


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
    """One time limit: `value` `unit`s from the fact `starts` to the fact `stops`.

    A limit with `before` counts backwards from that fact, one with `after` begins at it.
    """

    id: str
    name: Words
    value: int
    unit: TimeUnit
    basis: Basis
    source: str = ""
    extension: Extension | None = None
    pausable: bool = False
    starts: str = ""
    stops: str = ""
    before: str = ""
    after: str = ""
    #: For which cases it holds, e.g. `urgent`, `major`; empty: for all.
    scope: str = ""
    #: The most that may be set by hand, in the limit's unit.
    most: int | None = None
    note: str = ""


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
    #: Windows of the road in whole numbers, by a name that says the unit, e.g. `reopen_days`.
    windows: Mapping[str, int] = field(default_factory=dict)
    basis: Basis = Basis.PRODUCT
    source: str = ""


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
    #: The holidays by code; `rest` and `standing` hold their names.
    holidays: Mapping[str, Words] = field(default_factory=dict)
    #: Where each noticed year was read.
    notice_sources: Mapping[int, str] = field(default_factory=dict)
    standing_source: str = ""
    basis: Basis = Basis.PRODUCT
    source: str = ""


class QuestionKind(StrEnum):
    """What a follow-up question takes as its answer."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"


#: The answer that every question with listed answers takes beside its own.
NOT_SURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A follow-up question of a category; its version is that of the taxonomy."""

    code: str
    kind: QuestionKind
    name: Words
    #: Of a choice: answer → how it reads.
    options: Mapping[str, Words] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A hazard type, e.g. `fire.exit_blocked`; its subtree is told by the dots."""

    code: str
    sector: str
    name: Words
    default_risk: str
    urgent: bool
    synonyms: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    #: The office whose matter it is, where it is none of work safety; "": it is ours.
    office: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A listed reason (refusal, transfer office, return): code, words, what the reader may do."""

    code: str
    name: Words
    advice: Words | None = None
    #: Offices: the moves for which they may be chosen, and a number to call.
    moves: tuple[str, ...] = ()
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Township:
    code: str
    name: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Jurisdiction:
    code: str
    name: Words
    townships: tuple[Township, ...] = ()


@dataclass(frozen=True, slots=True)
class AnsweringPost:
    """A named post that answers for an office's sectors or for a place, and how to reach it."""

    name: Words
    phone: str


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
    return_reasons: Mapping[str, Reason] = field(default_factory=dict)
    risk_methods: "Mapping[str, RiskMethod]" = field(default_factory=dict)
    #: Sector → the office whose duty it is, and the criterion for major hazards.
    sector_authorities: Mapping[str, str] = field(default_factory=dict)
    sector_criteria: Mapping[str, str] = field(default_factory=dict)
    #: Office, district or township → the post that answers there.
    posts: Mapping[str, AnsweringPost] = field(default_factory=dict)
    basis: Basis = Basis.PRODUCT
    source: str = ""


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
    basis: Basis = Basis.PRODUCT
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPreset:
    """A group that the preset sets up: supervision by jurisdiction, inspection by sector, desk."""

    code: str
    kind: str
    name: Words
    jurisdiction: str | None = None
    sectors: tuple[str, ...] = ()
    #: What it is there for; the portal can be told something else of a group.
    remit: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyNumber:
    number: str
    name: Words


#: Where "Leave this site" led before a city could choose; stored versions do not say.
LEAVE_TO = "https://www.baidu.com/"
#: Which published number decided draws before a city could choose.
DRAW_SOURCE = Words(
    zh="中国福利彩票“双色球”当日或其后首次开奖的号码：红球由小到大，再写蓝球，每个两位数字，以空格隔开",
    en="the winning numbers of the first Double Colour Ball drawing of China Welfare Lottery on "
    "that day or later: the red balls in ascending order, then the blue one, two digits each, "
    "with blanks between",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator may turn; every number of the field that is no time limit."""

    #: Percentages are shown from so many cases on; smaller cells of `/open` read as a span.
    percent_from: int
    hide_cells_up_to: int
    #: A rectified case is published of its own when it is older than this.
    publish_after_days: int
    upload_files: int
    upload_file_mb: int
    upload_total_mb: int
    #: While a dispatch may be taken back; how long the receipt page keeps still about it.
    take_back_minutes: int
    notice_delay_seconds: int
    session_idle_minutes: int
    session_idle_minutes_admin: int
    session_hours: int
    #: A unit's link dies so long after its case was closed.
    unit_link_days: int
    #: Reports within so many minutes from which a question is asked before sending, and from which
    #: reports go to the slow lane without one: of one asker, and of everybody together.
    flood_minutes: int
    flood_asked_from: int
    flood_asked_from_all: int
    flood_slow_from: int
    flood_slow_from_all: int
    #: Out of so many numbers a device finds one: the work it does in place of the question.
    flood_numbers: int
    #: From so many wrong receipt codes within a minute on a code is looked up after an answer.
    codes_asked_from: int
    #: So many reports within the minutes raise the alarm: of one township or unit or around one
    #: point, and of a district, or no place, where nothing nearer was said.
    burst_minutes: int
    burst_reports: int
    burst_reports_district: int
    burst_metres: int
    #: Before sending, published cases that a report may be about: how many at most (0: none are
    #: shown), how alike they must be in hundredths, and for how many days since they came out.
    similar_shown: int
    similar_from: int
    similar_days: int
    #: Days for which a hazard that left the list for supervision is still shown on it.
    delisted_shown_days: int
    #: Where "Leave this site" leads: a page that everybody opens.
    leave_to: str
    #: A unit counts as inspected lately for so long.
    coverage_days: int = 365
    #: What a unit has to bear: its visits are counted over so many days, and two that lie less
    #: than so many days apart are pointed out.
    burden_days: int = 365
    visits_apart_days: int = 30
    #: Lessons suggested at a case; how many conditions a unit shares with one to look alike; for
    #: how many months the hazard coming back counts against it; on the public home.
    lessons_shown: int = 3
    lessons_alike_least: int = 2
    lessons_recur_months: int = 12
    lessons_home: int = 3
    #: The number by which units are drawn for inspection: nobody who draws can choose it.
    draw_source: Words = DRAW_SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Name of the portal and its operator, languages, emergency numbers, groups, settings."""

    version: int
    holds_from: datetime
    name: Words
    operator: Words
    default_language: str
    zone: ZoneInfo
    emergency_numbers: tuple[EmergencyNumber, ...]
    groups: tuple[GroupPreset, ...]
    settings: Settings
    basis: Basis = Basis.PRODUCT
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRule:
    """Who is told when: event kind → receivers, by the names that `notices` knows."""

    event: str
    tell: tuple[Receiver, ...]
    delay_seconds: int = 0
    #: Only when this role did it, e.g. `reporter`; empty: whoever did.
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTable:
    version: int
    holds_from: datetime
    rules: tuple[NoticeRule, ...]
    #: No mail between these wall-clock times, but for red.
    quiet: tuple[time, time]
    #: Wall-clock time of the digest on working days.
    digest_at: time
    basis: Basis = Basis.PRODUCT
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Everything in force at one moment."""

    city: City
    limits: TimeLimitPolicy
    calendar: Calendar
    taxonomy: Taxonomy
    routing: RoutingRuleSet
    notices: NoticeTable
    ladder: "Ladder"
    rewards: "RewardRules"
    self_inspection: "SelfInspection"
    #: None: the city has loaded no areas; the desk asks for the place.
    boundaries: "Boundaries | None" = None
