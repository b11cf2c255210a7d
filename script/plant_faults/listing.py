"""Faults of listing for supervision, of objections to one task, and of clocks on the ladder."""

from script.plant_faults.kinds import LIFE, WHOLE, Fault

LISTED = f"{WHOLE}listing.py::test_"
ROAD_OF_ONE = f"{LISTED}a_listed_hazard_is_accepted_by_another_body_before_anything_ends"

FAULTS = (
    Fault(
        "a case closes while nobody has accepted the work on its listed hazard",
        f"{LIFE}closing.py",
        "        return _all_put_right(facts) or listing.unaccepted(facts)\n",
        "        return _all_put_right(facts)\n",
        (ROAD_OF_ONE,),
        traps=(15,),
    ),
    Fault(
        "who checked the work accepts it under another hat",
        f"{LIFE}listing.py",
        'Lack("accepts_own_work") if facts.actor.person_id in',
        'Lack("accepts_own_work") if facts.actor.account_id in',
        (ROAD_OF_ONE,),
        traps=(18,),
    ),
    Fault(
        "a hazard is struck off before another body has accepted the work",
        f"{LIFE}listing.py",
        "        and one.is_accepted\n        and one.asked_by is None\n",
        "        and one.asked_by is None\n",
        (ROAD_OF_ONE,),
        traps=(31,),
    ),
    Fault(
        "a listed hazard is made general to get it off the list",
        f"{LIFE}levels.py",
        "one.hazard_id == hazard.id and one.stands for one",
        "one.hazard_id == hazard.id and not one.stands for one",
        (f"{LISTED}a_listing_has_its_own_time_and_its_lateness_stays",),
    ),
    Fault(
        "who inspected decides the objection to a task",
        f"{LIFE}closing.py",
        'Lack("had_part") if facts.actor.person_id in facts.took_part',
        'Lack("had_part") if facts.actor.account_id in facts.took_part',
        (
            f"{WHOLE}unit_pages.py::test_an_upheld_objection_to_a_task_withdraws_it_by_the_same_press",
        ),
        traps=(15,),
    ),
    Fault(
        "an upheld objection leaves its task as it was",
        "portal/cases/services/road.py",
        "    if item_id is None or case.state not in WITH_BOOK:\n",
        "    if item_id is not None or case.state not in WITH_BOOK:\n",
        (
            f"{WHOLE}unit_pages.py::test_an_upheld_objection_to_a_task_withdraws_it_by_the_same_press",
        ),
    ),
    Fault(
        "a task that went out before its hazard was major lacks what it demands for good",
        f"{LIFE}facts.py",
        "        if self.level is not Level.MAJOR or self.state is not ItemState.WITH_UNIT:\n",
        "        if self.level is Level.MAJOR or self.state is not ItemState.WITH_UNIT:\n",
        (
            f"{WHOLE}major_hazards.py::test_a_task_that_went_out_before_its_hazard_was_major_is_made_whole",
        ),
    ),
    Fault(
        "a commitment that nobody spoke of again is no event",
        "portal/clocks/ladder.py",
        '            self.start(COMMITMENT, str(promised["id"]), fact.at, set_day=day)\n',
        '            self.start(COMMITMENT, str(promised["id"]), fact.at)\n',
        (
            f"{WHOLE}ladder.py::test_an_interview_has_its_notice_its_record_and_commitments_kept_or_broken",
        ),
        traps=(17,),
    ),
)
