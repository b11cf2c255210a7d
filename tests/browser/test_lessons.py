"""From a closed case to a lesson that everybody reads, on a phone, with script and without."""

from urllib.parse import urlsplit

import pytest

from tests.support.staff import PASSWORD, give_password

SAID = {"problem": "门夜里上锁", "done": "王建国师傅换锁", "effect": "换了 6 樘", "fits": "厂房"}


def pressed(person, endpoint):
    """Press the button of an act on the page of a lesson."""
    return person.leave_by(person.page.locator(f"main form[action*='/{endpoint}'] button"))


def signed_in(walker, session, actor, **options):
    """Sign somebody in by the page."""
    one, email = walker(**options), give_password(session, actor)
    one.go("/login").fill("email", email).fill("password", PASSWORD)
    return one.leave_by(one.page.locator("form[action*='/login'] button[type=submit]"))


@pytest.mark.parametrize(("language", "script"), [("en", False), ("zh", True)])
def test_a_lesson_is_drafted_read_and_published(walker, city, session, language, script):
    case_id = city.put_right().case_id
    how = {"script": script, "language": language, "width": 390}
    people = {
        name: signed_in(walker, session, city.actors[name], **how)
        for name in ("member", "lead", "director")
    }
    author = people["member"].go(f"/staff/cases/{case_id}")
    if script:  # folded on a phone
        author.page.locator("#learnt summary").click()
    author.leave_by(author.page.locator("#learnt a[href*='experience_summary']"))
    for name, words in {"title": "推杠锁", **SAID}.items():
        author.fill(name, words)
    author.leave_by(author.page.locator("main form.portal-form button.govuk-button"))
    assert author.page.locator("mark.portal-mark", has_text="王建国").count()
    address = urlsplit(author.page.url).path
    pressed(author, "hand-in")
    reader = people["lead"].go(address)
    assert not reader.is_too_wide()
    pressed(reader, "read")
    director = people["director"].go(address)
    pressed(director, "publish")
    assert director.page.locator(".govuk-error-summary").count(), "a reason is asked for"
    director.fill("in_spite", "本人同意署名")
    pressed(director, "publish")
    visitor = walker(**how).go("/")
    visitor.follow("推杠锁")
    assert "王建国师傅换锁" in visitor.text
    assert not visitor.is_too_wide()
