"""Faults of lessons: who reads, who publishes, whom a draft names, what looks alike."""

from script.plant_faults.kinds import WHOLE, Fault

LESSONS = f"{WHOLE}lessons.py::test_"
RULES = "tests/unit/test_lesson_rules.py::test_"

FAULTS = (
    Fault(
        "whoever wrote a lesson reads it as the second person",
        "portal/lessons/services.py",
        "    if actor.person_id in queries.writers(session, one.id):\n",
        "    if False:\n",
        (f"{LESSONS}whoever_wrote_on_it_cannot_read_it_whatever_account_they_use",),
        traps=(18,),
    ),
    Fault(
        "an edit after the reading is published unread",
        "portal/lessons/services.py",
        "    one.state, one.read_by = LessonState.DRAFT, None\n    _moved",
        "    _moved",
        (f"{LESSONS}an_edit_after_reading_needs_reading_again",),
    ),
    Fault(
        "somebody else than the director publishes a lesson",
        "portal/cases/services/lessons.py",
        "    require(actor, Action.PUBLISH_LESSON)\n    one = _opened(session, actor, seen)\n"
        "    wording",
        "    one = _opened(session, actor, seen)\n    wording",
        (f"{LESSONS}only_a_director_publishes_and_withdraws",),
    ),
    Fault(
        "the name of somebody of the case is not pointed out",
        "portal/lessons/lifecycle.py",
        "        found += _each(Naming.PERSON, text, name)\n",
        "        pass\n",
        (f"{RULES}what_names_somebody_of_the_case_its_unit_or_its_address_is_marked",),
        traps=(28,),
    ),
    Fault(
        "words that may name somebody are published without a reason",
        "portal/lessons/services.py",
        '        reason = _said(in_spite, "in_spite", "lesson_words_unanswered")\n',
        '        reason = in_spite or "-"\n',
        (f"{LESSONS}a_draft_that_names_a_person_is_kept_and_published_only_with_a_reason",),
        traps=(28,),
    ),
    Fault(
        "a unit is swept that shares nothing that could cause the hazard",
        "portal/lessons/lifecycle.py",
        "    is_near = Like.ITEM in found or Like.SECTOR in found\n",
        "    is_near = True\n",
        (f"{RULES}a_unit_looks_alike_by_sector_or_item_and_enough_conditions",),
    ),
    Fault(
        "a sweep does not say why each unit is in it",
        "portal/cases/services/lessons.py",
        "    why = {unit.id: unit.why for unit in found}\n",
        "    why = {unit.id: () for unit in found}\n",
        (f"{LESSONS}a_sweep_becomes_a_plan_that_says_of_each_unit_what_it_shares",),
    ),
    Fault(
        "a withdrawn lesson is still suggested",
        "portal/lessons/queries.py",
        "IS_PUBLIC = Lesson.state == LessonState.PUBLISHED\n",
        "IS_PUBLIC = Lesson.published_at.is_not(None)\n",
        (f"{LESSONS}a_withdrawn_lesson_is_neither_suggested_nor_public_and_says_so",),
    ),
    Fault(
        "a draft is shown to who may not see one of its cases",
        "portal/cases/queries/lessons.py",
        "    return or_(is_public, ~closed_off.exists())\n",
        "    return or_(is_public, closed_off.exists() | ~closed_off.exists())\n",
        (f"{LESSONS}a_draft_exists_only_for_who_may_read_all_of_its_cases",),
        traps=(29, 39),
    ),
    Fault(
        "what came of a lesson counts cases that the reader must not know of",
        "portal/cases/queries/alike.py",
        "            Case.id.not_in(own),\n            visible_to(actor, Action.READ_FILE),\n",
        "            Case.id.not_in(own),\n",
        (f"{LESSONS}what_came_of_it_is_counted_over_what_the_reader_can_see",),
        traps=(39,),
    ),
    Fault(
        "the newest lessons are suggested, not the most alike",
        "portal/cases/queries/alike.py",
        "    order = (worth.desc(), Lesson.published_at.desc(), Lesson.id)\n",
        "    order = (Lesson.published_at.desc(), Lesson.id)\n",
        (f"{WHOLE}lessons.py::test_the_database_chooses_those_that_the_rule_chooses_of_all",),
    ),
)
