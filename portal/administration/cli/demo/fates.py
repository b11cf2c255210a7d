"""What is going to happen to each case: dealt from a deck, so that every fate comes up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

DAYS = 90


@dataclass(frozen=True, slots=True)
class Fate:
    """A way that a case goes. `share` of a hundred; filed between `youngest` and `oldest` days
    before the end. `turns` are the things that happen on the way, by the names that stories know.
    """

    turns: frozenset[str]
    share: float
    youngest: float = 0
    oldest: float = DAYS


def _fate(turns: str, share: float, youngest: float = 0, oldest: float = DAYS) -> Fate:
    return Fate(frozenset(turns.split()), share, youngest, oldest)


#: `youngest` leaves the time that a fate needs; what is filed later is still on its way.
DECK: Sequence[Fate] = (
    _fate("true", 16),
    _fate("true", 8, 35),
    _fate("true talk", 6),
    _fate("true talk rated", 3, 35),
    _fate("true fails", 5, 45),
    _fate("true fails", 2, 20, 45),
    _fate("true urgent", 4),
    _fate("true paused", 2, 50),
    _fate("true paused_now", 1, 8, 25),
    _fate("partly", 3, 35),
    _fate("true on_spot", 4, 25),
    _fate("not", 7),
    _fate("not rated", 3, 25),
    _fate("unverifiable", 3, 22),
    _fate("refused", 4, 2),
    _fate("refused objects upheld true", 1, 45),
    _fate("refused objects", 1, 15),
    _fate("refused objects_now", 0.5, 2.5, 9),
    _fate("transferred", 4, 2),
    _fate("accident", 1.5, 2),
    _fate("merged true", 3, 6),
    _fate("merged unmerged true", 0.6, 6, 80),
    _fate("true split", 0.8, 15),
    _fate("withdrawn not", 1.5, 25),
    _fate("set_aside true", 1, 3),
    _fate("returned true", 4, 4),
    _fate("returned returned_again upheld true", 0.8, 8),
    _fate("returned returned_again true", 0.8, 8),
    _fate("returned return_asked_now", 0.5, 3, 6),
    _fate("returned_now", 0.7, 1.5, 3),
    _fate("taken_back true", 1.2, 2),
    _fate("reassigned true", 1.5, 4),
    _fate("recused true", 1, 4),
    _fate("true objects upheld", 1.5, 70),
    _fate("true objects", 1, 45),
    _fate("not objects_now", 0.8, 20, 60),
    _fate("true withdraws_item", 0.7, 40),
    _fate("true revokes_link", 0.6, 25),
    _fate("true unit_objects", 0.7, 30),
    _fate("true talk_now", 1, 5, 40),
    _fate("stuck_received", 1, 9, 16),
    _fate("stuck_assigned", 1, 5, 20),
    _fate("true stuck_in_hand", 1.2, 28, 50),
    _fate("true stuck_rectifying", 2, 32, 60),
    _fate("true stuck_reviewing", 1, 32, 60),
    _fate("waiting", 5, 0, 2.5),
)
#: Besides: a group of planted twins for each so many cases, and what waits on a busy day.
PLANTS_A_CASE = 1 / 20
BUSY_SHARE = 2 / 3
BUSY = _fate("waiting", 0, 0, 4)


@dataclass(slots=True)
class Dealt:
    """One case to come: its fate and its age at the end in days. Twins are made in a row."""

    turns: frozenset[str]
    age: float
    #: For planted cases: what they are to the one before.
    plant: str = ""
    twin: "Dealt | None" = field(default=None, repr=False)


def deal(random: Random, count: int, *, busy: bool) -> list[Dealt]:
    """Return `count` cases to come, planted ones among them, the oldest first."""
    planted = list(_plants(random, max(1, round(count * PLANTS_A_CASE))))
    waiting: list[Dealt] = []
    if busy:
        already = sum(one.plant in ("reworded", "look_alike") for one in planted)
        wanted = max(round(count * BUSY_SHARE) - already, 0)
        waiting = [_dealt(random, BUSY) for _ in range(wanted)]
    ordinary = [
        _dealt(random, fate)
        for fate, times in _shares(max(count - len(planted) - len(waiting), 0))
        for _ in range(times)
    ]
    return sorted([*planted, *waiting, *ordinary], key=lambda one: -one.age)


def _dealt(random: Random, fate: Fate) -> Dealt:
    return Dealt(fate.turns, random.uniform(fate.youngest, fate.oldest))


def _shares(count: int) -> Iterator[tuple[Fate, int]]:
    """Share the cases out by the largest remainder, each fate at least once if there is room."""
    total = sum(fate.share for fate in DECK)
    spare = max(count - len(DECK), 0)
    exact = [fate.share / total * spare for fate in DECK]
    times = [int(value) for value in exact]
    order = sorted(range(len(DECK)), key=lambda n: (times[n] - exact[n], n))
    for n in order[: spare - sum(times)]:
        times[n] += 1
    for n, fate in enumerate(DECK):
        yield fate, times[n] + (1 if n < count else 0)


def _plants(random: Random, pairs: int) -> Iterator[Dealt]:
    """Yield `pairs` of reports on one matter in other words, and as many that only look alike.

    The first of each is some days older and on its way; the second waits for the dispatcher.
    """
    for plant in ("reworded", "look_alike"):
        for _ in range(pairs):
            second = random.uniform(0.1, 2.5)
            first = Dealt(frozenset({"true", "open"}), second + random.uniform(0.3, 4), "first")
            yield first
            yield Dealt(frozenset({"waiting"}), second, plant, first)
