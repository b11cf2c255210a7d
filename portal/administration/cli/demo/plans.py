"""A report before it is filed: what, where, how, by which way in which language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from portal.administration.cli.demo.content import KEYS, Content, Theme
from portal.administration.cli.demo.fates import Dealt
from portal.administration.cli.demo.hours import Hours, filing_time
from portal.presets.areas import Boundaries
from portal.presets.kinds import Jurisdiction, Preset

CHINESE, ENGLISH = "zh_Hans_CN", "en"
ENGLISH_SHARE = 0.1
CONTACT_SHARE = 0.2
#: Ways in, and how often each.
CHANNELS = {
    "web": 46,
    "qr": 20,
    "mini_program": 8,
    "hotline_12350": 9,
    "hotline_12345": 10,
    "visit": 2,
    "letter": 1,
    "grid": 4,
}
#: Typed in by the desk, in working hours.
BY_STAFF = frozenset({"hotline_12350", "hotline_12345", "visit", "letter"})


@dataclass(slots=True)
class Place:
    """A unit in a street: said in full, and as somebody else would say it."""

    jurisdiction: Jurisdiction
    township: str
    township_name: str
    street: str
    house: int
    unit: str
    trade: str
    spot: int

    def full(self, content: Content, language: str) -> str:
        spot = content[f"spots.{KEYS[language]}"]
        where = f"{self.jurisdiction.name.zh}{self.township_name}{self.street} {self.house} 号"
        if language == ENGLISH:
            return f"{where}, {self.unit}, {spot[self.spot % len(spot)]}"
        return f"{where}{self.unit}{spot[self.spot % len(spot)]}"

    def short(self, content: Content) -> str:
        return f"{self.township_name}{self.street}{self.house}号，{self.unit}"


@dataclass(slots=True)
class Plan:
    """Everything that is decided about a case before it begins."""

    number: int
    dealt: Dealt
    filed_at: datetime
    theme: Theme
    place: Place
    language: str
    channel: str
    kind: str
    text: str
    place_words: str
    #: Whether the reporter chose category and district, or left it to the desk.
    is_sure: bool
    point: tuple[float, float] | None
    variant: int
    #: Sealed when it is filed; most leave none.
    contact: Mapping[str, str]
    #: Once it is filed.
    case_id: UUID | None = None
    report_id: UUID | None = None
    #: What becomes of its reward; "" while nothing was decided.
    reward: str = ""

    def has(self, turn: str) -> bool:
        return turn in self.dealt.turns


class Planner:
    """Draws plans; the same random numbers give the same plans."""

    def __init__(self, random: Random, preset: Preset, content: Content, end: datetime) -> None:
        self.random, self.preset, self.content, self.end = random, preset, content, end
        self.hours = Hours(preset)
        self._themes = list(content.themes.values())
        self._units: dict[tuple[str, str], Place] = {}
        self._by_dealt: dict[int, Plan] = {}
        self._planted = 0

    def plan(self, number: int, dealt: Dealt) -> Plan:
        """Return the plan of one case; that of its twin was drawn before."""
        random = self.random
        twin = self._by_dealt.get(id(dealt.twin)) if dealt.twin else None
        if twin is not None and dealt.plant == "reworded":
            theme, place = twin.theme, twin.place
        elif twin is not None:
            theme, place = twin.theme, self._place(twin.theme, other_than=twin.place)
        elif dealt.plant == "first":
            # One theme after the other, so that no two pairs say the same.
            theme = self._themes[self._planted % len(self._themes)]
            self._planted += 1
            place = self._place(theme)
        else:
            theme = random.choices(self._themes, [theme.weight for theme in self._themes])[0]
            place = self._place(theme)
        language = ENGLISH if not dealt.plant and random.random() < ENGLISH_SHARE else CHINESE
        channel = random.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        is_sure = bool(dealt.plant) or random.random() < 0.8
        texts = theme.texts[language]
        variant = random.randrange(len(texts))
        plan = Plan(
            number=number,
            dealt=dealt,
            filed_at=self._filed_at(dealt, channel),
            theme=theme,
            place=place,
            language=language,
            channel=channel,
            kind=random.choices(["hazard", "violation"], [4, 1])[0],
            text="",
            place_words=place.full(self.content, language),
            is_sure=is_sure,
            point=self._point(place) if random.random() < 0.3 or dealt.plant else None,
            variant=variant,
            contact=self._contact() if random.random() < CONTACT_SHARE else {},
        )
        self._word(plan, texts[variant])
        if twin is not None and dealt.plant == "reworded":
            self.say_again(plan, twin)
        self._by_dealt[id(dealt)] = plan
        return plan

    def say_again(self, plan: Plan, other: Plan) -> None:
        """Turn a plan into another report on the matter of `other`, in other words."""
        plan.theme, plan.place, plan.point = other.theme, other.place, other.point
        texts = plan.theme.texts[plan.language]
        plan.variant = (other.variant + 1) % len(texts)
        plan.text, plan.place_words = texts[plan.variant], plan.place.short(self.content)

    def _word(self, plan: Plan, core: str) -> None:
        """Give the plan its text: the matter, now and then with more, or what is no matter."""
        key = KEYS[plan.language]
        for turn in ("refused", "transferred", "accident"):
            if plan.has(turn) and not plan.has("true"):
                listed: list[dict[str, Any]] = self.content[
                    "accidents" if turn == "accident" else turn
                ]
                plan.variant = self.random.randrange(len(listed))
                plan.text = listed[plan.variant][key]
                plan.is_sure = turn == "accident"
                plan.kind = "accident" if turn == "accident" else "hazard"
                return
        closer = self.random.choice(self.content[f"closers.{key}"])
        gap = " " if plan.language == ENGLISH and closer else ""
        plan.text = f"{core}{gap}{closer}"

    def _filed_at(self, dealt: Dealt, channel: str) -> datetime:
        moment = self.end - timedelta(days=dealt.age)
        midnight = moment.astimezone(self.hours.zone).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        filed = filing_time(self.random, midnight).astimezone(moment.tzinfo)
        if channel in BY_STAFF:
            filed = self.hours.after(midnight, self.random.randrange(self.hours.minutes_a_day))
        # On the last day nobody reports after the end.
        return min(filed, self.end - timedelta(minutes=self.random.randrange(5, 600)))

    def _place(self, theme: Theme, other_than: Place | None = None) -> Place:
        """A unit of the theme's trade: one that is known already, or a new one."""
        random = self.random
        known = [place for (trade, _), place in self._units.items() if trade == theme.trade]
        if known and other_than is None and random.random() < 0.35:
            return random.choice(known)
        while True:
            area = random.choice(list(self.preset.taxonomy.jurisdictions.values()))
            township = random.choice(area.townships)
            tail = random.choice(self.content["units.trades"][theme.trade])
            place = Place(
                jurisdiction=area,
                township=township.code,
                township_name=township.name.zh,
                street=random.choice(self.content["streets"]),
                house=random.randrange(1, 299),
                unit=random.choice(self.content["units.heads"]) + tail,
                trade=theme.trade,
                spot=random.randrange(60),
            )
            if other_than is None or (
                place.township != other_than.township and place.unit != other_than.unit
            ):
                self._units[theme.trade, place.unit + place.township] = place
                return place

    def _contact(self) -> dict[str, str]:
        """A name and a number that nobody has."""
        name = self.random.choice(self.content["surnames"])
        name += self.random.choice(self.content["given"])
        return {"name": name, "phone": f"1990000{self.random.randrange(10000):04d}"}

    def _point(self, place: Place) -> tuple[float, float] | None:
        """A point near the middle of the district; the boundaries are schematic."""
        middle = _middle(self.preset.boundaries, place.jurisdiction.code)
        if middle is None:
            return None
        spread = 0.02
        return (
            round(middle[0] + self.random.uniform(-spread, spread), 5),
            round(middle[1] + self.random.uniform(-spread, spread), 5),
        )


def _middle(boundaries: Boundaries | None, code: str) -> tuple[float, float] | None:
    area = next((one for one in boundaries.areas if one.code == code), None) if boundaries else None
    if area is None:
        return None
    ring = area.polygons[0][0]
    return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
