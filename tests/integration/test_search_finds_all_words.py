"""Search finds the last word of the longest report, and a merged report by where it is handled."""

from portal.cases import queries
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.reports.kinds import TEXT_MAX
from tests.support.city import NOON


def found(session, actor, words):
    session.rollback()
    return {case.id for case in queries.search(session(), actor, words, now=NOON).cases}


def test_the_last_words_of_the_longest_report_are_found(city, session):
    # As many different characters as fit, the last of them with the highest code points.
    body = "".join(chr(0x4E00 + number) for number in range(TEXT_MAX - 4)) + "龟龙鼠鼻"
    filed = city.file(text=body)
    assert len(body) == TEXT_MAX
    for words in ("龟龙鼠鼻", "鼻", body[2500:2502], body[:2]):
        assert found(session, city.dispatcher, words) == {filed.case_id}


def test_a_merged_reports_words_find_the_case_that_handles_it(city, session):
    target = city.file(text="配电箱的门开着，电线露在外面。")
    first = city.file(text="脚手架上的扣件松了，晃得厉害。")
    second = city.file(text="塔吊的限位器被人拆掉了。")
    city.move(city.dispatcher, c.Merge, first.case_id, into_id=second.case_id)
    city.move(city.dispatcher, c.Merge, second.case_id, into_id=target.case_id)
    city.accepted(target.case_id)
    city.dispatched(target.case_id)
    # The group sees only the case that it handles; both merged reports lead there.
    for words in ("脚手架", "限位器", "配电箱"):
        assert found(session, city.member, words) == {target.case_id}
    assert found(session, city.other_member, "脚手架") == set()


def test_after_a_split_the_words_lead_to_where_the_report_is(city, session):
    target = city.file(text="配电箱的门开着，电线露在外面。")
    leaving = city.file(text="脚手架上的扣件松了，晃得厉害。")
    city.move(city.dispatcher, c.Merge, leaving.case_id, into_id=target.case_id)
    assert target.case_id in found(session, city.dispatcher, "脚手架")
    city.move(city.dispatcher, c.Split, target.case_id, report_id=leaving.report_id, part="")
    assert found(session, city.dispatcher, "脚手架") == {leaving.case_id}
    assert found(session, city.dispatcher, "配电箱") == {target.case_id}
    number = session.get_one(Case, target.case_id).number
    assert found(session, city.dispatcher, number) == {target.case_id}
