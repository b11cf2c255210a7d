"""The demo's own pairs: thirty reports on one matter in other words, and thirty that look alike."""

from datetime import UTC, datetime
from random import Random

from portal.administration.cli.demo import DEFAULT_CASES, DEFAULT_SEED
from portal.administration.cli.demo.content import load as load_content
from portal.administration.cli.demo.fates import deal
from portal.administration.cli.demo.plans import Planner
from portal.cases.models import Case
from portal.cases.queries import likely_duplicates
from portal.presets.loader import folder_of
from portal.presets.queries import in_force

END = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
#: Other reports among which the pairs have to be found.
BESIDE = 140


def planned(preset):
    """The pairs as the demo plans them, with some of the reports around them, by their time."""
    random = Random(DEFAULT_SEED)  # noqa: S311  the demo's own
    planner = Planner(random, preset, load_content(folder_of("changzhou"), preset), END)
    all_ = [planner.plan(n, one) for n, one in enumerate(deal(random, DEFAULT_CASES, busy=False))]
    others = [plan for plan in all_ if not plan.dealt.plant]
    return [plan for plan in all_ if plan.dealt.plant] + others[-BESIDE:]


def test_reworded_pairs_stand_among_the_first_three_and_look_alikes_are_hardly_called_likely(
    city, session
):
    plans, cases = planned(in_force(session(), END)), {}
    session.rollback()
    for plan in sorted(plans, key=lambda one: one.filed_at):
        place = plan.place
        said = {"jurisdiction": place.jurisdiction.code, "township": place.township}
        cases[id(plan.dealt)] = city.file(
            text=plan.text,
            place=plan.place_words,
            claimed_category=plan.theme.code if plan.is_sure else None,
            point=plan.point,
            datum="wgs84" if plan.point else None,
            now=plan.filed_at,
            **(said if plan.is_sure else {"jurisdiction": None}),
        ).case_id
    found, likely = [], []
    for plan in plans:
        if plan.dealt.twin is None:
            continue
        case = session.get_one(Case, cases[id(plan.dealt)])
        shown = likely_duplicates(session(), city.dispatcher, case, now=END)
        assert len(shown) <= 3
        assert all(one.likeness.reasons for one in shown), "each says why"
        twin = [one for one in shown if one.case.id == cases[id(plan.dealt.twin)]]
        if plan.dealt.plant == "reworded":
            found += [plan] * bool(twin)
        else:
            likely += [plan] * any(one.likeness.is_likely for one in twin)
    assert len(found) >= 25
    assert len(likely) <= 3
