"""The order and the opinion of its check as PDF: what they must hold, and nothing of a report."""

from datetime import timedelta

import pypdfium2
import pytest

from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.queries import book_page
from portal.cases.services import link_token
from tests.support.city import NOON, OF_MAJOR, PLACE, TEXT
from tests.support.refusals import reported, unit_of


def words_of(answer):
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.status_code
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(answer.data)]
    return "".join("".join(pages).split())


@pytest.mark.trap(28)
def test_an_order_holds_what_it_must_and_nothing_of_the_report(app, city, session, client_for):
    filed = city.in_hand()
    hazard = city.inspected(filed.case_id)[0]
    city.levelled(hazard, filed.case_id)
    # A character that the font lacks is printed by its code.
    rule = "安全生产法第四十二条𠀀"
    book = city.book(filed.case_id, [hazard], **OF_MAJOR | {"basis": rule})
    token = link_token(book.id)
    city.move(
        unit_of(book), c.SignTaskBook, filed.case_id, task_book_id=book.id, name="刘", post="厂长"
    )
    public = app.test_client()
    paper = words_of(public.get(f"/unit/{token}/order.pdf?lang=zh"))
    session.expire_all()
    page = book_page(session(), unit_of(book), book.id, now=NOON)
    wanted = [
        book.number,
        token,
        page.unit,
        rule[:-1] + "〔U+20000〕",
        "拆除铁链",
        "厂长",
        *OF_MAJOR.values(),
    ]
    # Sixty days and six months, from the preset; the code to compare.
    wanted += ["60日内申请行政复议", "6个月内提起行政诉讼", "签收", page.check_code[:4]]
    assert [words for words in wanted if "".join(words.split()) not in paper] == []
    assert not any(part in paper for part in (TEXT[:12], PLACE[:6]))
    case = session.get_one(Case, filed.case_id)
    assert case.number not in paper
    # No opinion before a check.
    assert public.get(f"/unit/{token}/opinion.pdf").status_code == 404
    reported(city, filed.case_id, book)
    fail = {"item_id": page.items[0].id, "opinion": "门上还有锁", "on_site": True}
    again = NOON.date() + timedelta(days=3)
    city.move(city.supervisor, c.FailReview, filed.case_id, **fail, new_due_on=again)
    opinion = words_of(public.get(f"/unit/{token}/opinion.pdf?lang=zh"))
    assert f"{book.number}-R1" in opinion
    assert "未通过" in opinion
    assert "门上还有锁" in opinion
    # Staff hand out the paper with who checked; the unit's own has lines to sign on.
    name = "supervisor"
    assert name not in opinion
    address = f"/staff/cases/{filed.case_id}/task-books/{book.id}"
    assert name in words_of(client_for(city.member).get(f"{address}/opinion.pdf?lang=zh"))
    assert client_for(city.auditor).get(f"{address}/order.pdf").status_code in (403, 404)
    city.move(city.lead, c.RevokeLink, filed.case_id, task_book_id=book.id, reason="错发")
    assert public.get(f"/unit/{token}/order.pdf").status_code == 404
