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
        one.page.locator("form[action*='/reset/'] button[type=submit]").click()
        one.go("/login").fill("email", account.email).fill("password", PASSWORD)
        one.page.locator("form[action*='/login'] button[type=submit]").click()
        return one

    return sign_in


def do(person, move):
    """Take a move from the case's page: a link to its form, or the one press that does it."""
    way = f"a[href*='/{move}'], form[action*='/{move}'] button[type=submit]"
    person.page.locator(way).first.click()
    return person


def submit(person):
    """Press the page's main button; where the very text is shown first, send it."""
    person.page.locator("main form .govuk-button").first.click()
    again = person.page.locator("main button[name=step][value=send]")
    if again.count():
        again.click()
    return person


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_that_is_not_true_walks_to_its_closure(walker, desk_of, session, language):
    reporter = walker(script=False, language=language, width=390)
    file_by_form(reporter, language)
    report = session.query(Report).one()
    number = session.get_one(Case, report.case_id).number

    dispatcher = desk_of("dispatcher", script=False, language=language)
    assert number in dispatcher.text  # signing in lands on what waits
    dispatcher.page.locator(f"a:has-text('{number}')").first.click()
    dispatcher.choose("category", "fire.exit_blocked")
    press = dispatcher.page.locator("button[form=sort]").first
    press.click()
    # With another category the rules propose another group: it is shown before it goes there.
    assert dispatcher.page.locator(".govuk-error-summary").count() == 1
    press.click()

    lead = desk_of("lead", script=False, language=language)
    lead.page.locator(f"a:has-text('{number}')").first.click()
    do(lead, "sign_for")
    do(lead, "inspect")
    boxes = lead.page.locator("input[type=checkbox][name=inspectors]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    stamp = now().strftime("%Y-%m-%dT%H:%M")
    moment = lead.page.locator("[name=visited_at]")
    if not moment.input_value():
        moment.fill(stamp)
    lead.fill("finding", "到场查看，楼梯门没有上锁。")
    submit(lead)
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
    auditor.page.locator(".portal-pill[href*='show=received']").first.click()
    assert number in auditor.text
