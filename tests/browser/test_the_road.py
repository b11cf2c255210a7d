"""The whole road in a browser without script: from a phone to a closure, by links and buttons."""

import pytest

from portal.accounts import queries as people
from portal.cases.models import Case
from portal.foundation.clock import now
from portal.reports.models import Report
from portal.web.signin import account_link
from tests.browser.test_filing import file_by_form
from tests.support.pages import Walker

PASSWORD = "four corners of a quiet kiln"


@pytest.fixture
def desk_of(walker, app, session, city):
    """Sign one of the cast in as the real pages do it: by the link that works once."""

    def sign_in(name, **options) -> Walker:
        account = people.account(session(), city.actors[name].account_id)
        one = walker(**options)
        link = account_link(account)
        one.go(link[link.index("/reset/") :])
        one.fill("password", PASSWORD).fill("password_confirm", PASSWORD)
        one.leave_by(one.page.locator("form[action*='/reset/'] button[type=submit]"))
        one.go("/login").fill("email", account.email).fill("password", PASSWORD)
        one.leave_by(one.page.locator("form[action*='/login'] button[type=submit]"))
        return one

    return sign_in


def do(person, move):
    """Take a move from the case's page: a link to its form, or the one press that does it."""
    way = f"main a[href*='/{move}'], main form[action*='/{move}'] button[type=submit]"
    return person.leave_by(person.page.locator(way))


def submit(person):
    """Press the page's main button; where the very text is shown first, send it."""
    person.leave_by(person.page.locator("main form .govuk-button"))
    again = person.page.locator("main button[name=step][value=send]")
    if again.count():
        person.leave_by(again)
    return person


def accepted_and_dispatched(desk_of, number, **options):
    """The desk settles the category, sees which group that leads to, and gives it there."""
    dispatcher = desk_of("dispatcher", **options)
    assert number in dispatcher.text  # signing in lands on what waits
    dispatcher.leave_by(dispatcher.page.locator(f"a:has-text('{number}')"))
    dispatcher.choose("category", "fire.exit_blocked")
    press = dispatcher.page.locator("button[form=sort]")
    dispatcher.leave_by(press)
    # With another category the rules propose another group: it is shown before it goes there.
    assert dispatcher.page.locator(".govuk-error-summary").count() == 1
    dispatcher.leave_by(press)


def signed_for_and_visited(lead, number, finding, *hazards):
    """The lead takes the case on and writes down the visit of two."""
    lead.leave_by(lead.page.locator(f"a:has-text('{number}')"))
    do(lead, "sign_for")
    do(lead, "inspect")
    boxes = lead.page.locator("input[type=checkbox][name=inspectors]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    stamp = now().strftime("%Y-%m-%dT%H:%M")
    moment = lead.page.locator("[name=visited_at]")
    if not moment.input_value():
        moment.fill(stamp)
    lead.fill("finding", finding)
    for place, hazard in enumerate(hazards):
        lead.fill(f"hazards-{place}-description", hazard)
    submit(lead)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_that_is_not_true_walks_to_its_closure(walker, desk_of, session, language):
    reporter = walker(script=False, language=language, width=390)
    file_by_form(reporter, language)
    report = session.query(Report).one()
    number = session.get_one(Case, report.case_id).number

    accepted_and_dispatched(desk_of, number, script=False, language=language)
    lead = desk_of("lead", script=False, language=language)
    signed_for_and_visited(lead, number, "到场查看，楼梯门没有上锁。")
    do(lead, "verify").choose("finding", "not_true")
    lead.fill("reason", "现场查看两次，未见上锁。")
    submit(lead)
    do(lead, "conclude")
    lead.page.locator("main textarea").first.fill("我们去看了两次，门没有上锁。")
    submit(lead)
    do(lead, "close")
    lead.page.locator("input[name=lesson_considered]").first.check()
    lead.fill("reason", "没有发现隐患。")
    submit(lead)

    session.expire_all()
    case = session.get_one(Case, report.case_id)
    assert (case.state, case.resolution) == ("closed", "unfounded")
    auditor = desk_of("auditor", script=False, language=language)
    # Its times stand on the auditor's first page, one press away among what was received.
    auditor.leave_by(auditor.page.locator(".portal-pill[href*='show=received']"))
    assert number in auditor.text


@pytest.mark.parametrize(("language", "script"), [("en", False), ("zh", True)])
def test_a_true_report_walks_through_task_book_and_review(
    walker, desk_of, session, language, script
):
    options = {"script": script, "language": language}
    reporter = walker(**options, width=390)
    code = file_by_form(reporter, language)
    report = session.query(Report).one()
    number = session.get_one(Case, report.case_id).number

    accepted_and_dispatched(desk_of, number, **options)
    lead = desk_of("lead", **options)
    signed_for_and_visited(lead, number, "楼梯门被铁链锁住。", "二楼安全出口上锁")
    do(lead, "verify").choose("finding", "verified_true")
    lead.fill("reason", "现场看到铁链。")
    submit(lead)
    do(lead, "issue_task_book").page.locator("details:has([name=unit_name]) > summary").click()
    lead.fill("unit_name", "示例纸箱厂（虚构）")
    lead.fill("unit_email", "unit@example.org")
    lead.fill("items-0-task", "拆除铁链，装上推杆锁。").fill("items-0-responsible", "厂长")
    submit(lead)

    # The group hands the paper over; the unit types the address that stands on it.
    lead.leave_by(lead.page.locator("a[href$='/print']"))
    link = lead.page.locator(".portal-hash").first.inner_text()
    unit = walker(**options, width=390)
    unit.go(link[link.index("/unit/") :])
    unit.fill("sign-name", "张三").fill("sign-post", "厂长")
    unit.leave_by(unit.page.locator("form[action*='/sign'] button[type=submit]"))
    unit.page.locator("details:has([name=task1-statement]) > summary").click()
    unit.fill("task1-statement", "铁链已拆，装了推杆锁。")
    unit.fill("task1-name", "张三").fill("task1-post", "厂长")
    unit.leave_by(unit.page.locator("form[action*='/done'] button[type=submit]"))

    # Who visited can't check what was done: the page offers it only to somebody else.
    lead.go(f"/staff/cases/{report.case_id}")
    assert not lead.page.locator("a[href*='/pass_review']").count()
    reviewer = desk_of("second_member", **options)
    reviewer.leave_by(reviewer.page.locator(f"a:has-text('{number}')"))
    do(reviewer, "pass_review").fill("opinion", "到场看过，门能推开。")
    reviewer.page.locator("input[name=on_site]").check()
    submit(reviewer)

    lead.go(f"/staff/cases/{report.case_id}")
    do(lead, "conclude")
    lead.page.locator("main textarea").first.fill("铁链已拆，另一个小组看过了。")
    submit(lead)
    do(lead, "close")
    lead.page.locator("input[name=lesson_considered]").first.check()
    submit(lead)

    reporter.go("/receipt").fill("code", code)
    reporter.leave_by(reporter.page.locator("main form button[type=submit]"))
    assert "铁链已拆，另一个小组看过了。" in reporter.text
    reporter.choose("contacted", "yes").choose("solved", "yes")
    reporter.choose("satisfied", "satisfied")
    reporter.leave_by(reporter.page.locator("form[action*='/rate'] button[type=submit]"))

    session.expire_all()
    case = session.get_one(Case, report.case_id)
    assert (case.state, case.resolution) == ("closed", "rectified")
    rated = session.get_one(Report, report.id)
    assert (rated.solved, rated.satisfied) == ("yes", "satisfied")
    auditor = desk_of("auditor", **options)
    auditor.leave_by(auditor.page.locator(".portal-pill[href*='show=received']"))
    auditor.leave_by(auditor.page.locator(f"a:has-text('{number}')"))
    auditor.leave_by(auditor.page.locator("a[href*='/clocks']"))
    assert auditor.page.locator("main h1").count() == 1
