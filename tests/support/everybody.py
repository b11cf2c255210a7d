"""Everybody's way through the demo city: who signs in, what they press, where they look."""

import io

from PIL import Image
from sqlalchemy import text

from portal.foundation.db import db
from portal.presets.loader import folder_of
from tests.support.city import PLACE, TEXT
from tests.support.explorer import Explorer, Ledger, examine

#: What these walks type.
TYPED = (
    TEXT,
    PLACE,
    "门还锁着，请晚上十点以后来看。",
    "这件事不归我们管，请打 12345。",
    "要看的",
    "钱立 安全主任 中文",
    "已经换好，见照片。",
)
#: What is data and not the page's words: names, texts, and everything of the city's own files.
DATA = (
    "SELECT body FROM texts",
    "SELECT name || ' ' || post FROM people",
    "SELECT name || ' ' || coalesce(address, '') FROM units",
    "SELECT email FROM accounts",
    "SELECT name_zh || ' ' || name_en FROM groups",
)
#: The buttons of filing and following, in both languages.
WORDS = {
    "zh": ("开始举报", "继续", "继续，去核对", "发送举报", "查进度", "查看进度", "发送消息"),
    "en": (
        "Start the report",
        "Continue",
        "Continue to check",
        "Send the report",
        "Follow a report",
        "See where it stands",
        "Send message",
    ),
}
#: Moves that few cases are ready for: which ones, so that their lead's page is looked at
#: where a small city has such a case.
STANDING = {
    "sign_for": "c.state = 'assigned'",
    "ask_return": "c.state IN ('assigned', 'in_hand') AND c.return_count > 0"
    " AND c.return_asked_at IS NULL",
    "decide_return": "c.return_asked_at IS NOT NULL AND c.state != 'closed'",
    "conclude": "c.verified_at IS NOT NULL AND c.concluded_at IS NULL AND c.state != 'closed'",
    "close": "c.concluded_at IS NOT NULL AND c.state != 'closed'",
    "resume": "c.paused_at IS NOT NULL AND c.state != 'closed'",
}
#: Whose way is walked, with the group where it matters, and how many files each opens.
PEOPLE = (
    ("dispatcher", "duty-desk", 4),
    ("member", "insp-fire", 3),
    ("lead", "insp-fire", 6),
    ("lead", "sup-wujin", 3),
    ("director", None, 4),
    ("auditor", None, 2),
    ("administrator", None, 0),
    ("custodian", None, 0),
    ("treasurer", None, 0),
)
SEAT = """SELECT m.id FROM memberships m LEFT JOIN groups g ON g.id = m.group_id
    WHERE m.role = :role AND (g.code = :code OR CAST(:code AS text) IS NULL)
    ORDER BY (SELECT count(*) FROM memberships o WHERE o.account_id = m.account_id), m.id
    LIMIT 1 OFFSET :nth"""


def value(town, query, **given):
    """Return the first row's first column."""
    with town.app.app_context():
        found = db.session.execute(text(query), given).scalar_one()
        db.session.remove()
    return found


def ledger_of(town, on_page=examine):
    """Return an empty ledger that knows the words of this city."""
    with town.app.app_context():
        rows = [row[0] or "" for query in DATA for row in db.session.execute(text(query))]
        db.session.remove()
    files = [one.read_text("utf-8") for one in folder_of("changzhou").iterdir()]
    return Ledger(town, "\n".join([*rows, *files, *TYPED]), on_page)


def photo():
    """A picture as a browser's file field takes it."""
    held = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 60, 40)).save(held, "JPEG")
    return {"name": "IMG_我家.jpg", "mimeType": "image/jpeg", "buffer": held.getvalue()}


def report(explorer, language):
    """File a report and follow it; look at every page on the way."""
    start, onward, check, send, follow, see, message = WORDS[language]
    person = explorer.walker.go("/").follow(start)
    explorer.look()
    person.press(onward)  # nothing typed: the page with what is lacking
    explorer.look()
    person.fill("text", TEXT).fill("place", PLACE)
    person.choose("jurisdiction", "320412").press(onward)
    explorer.look()
    press_first(explorer, ".govuk-back-link")  # there is something now that can be cleared
    person.press(onward)
    person.page.set_input_files("input[name=photos]", photo())
    person.press(check)
    explorer.look()
    person.press(send)
    explorer.look()
    code = "".join(person.page.locator("#portal-code").inner_text().split())
    person.follow(follow).fill("code", code).press(see)
    explorer.look()
    person.fill("body", "门还锁着，请晚上十点以后来看。").press(message)
    explorer.look()


def open_receipts(explorer, town, language):
    """Type every code of the demo's start page and look at where its report stands."""
    *_rest, follow, see, _message = WORDS[language]
    for code in town.codes.values():
        explorer.walker.go("/").follow(follow).fill("code", code).press(see)
        explorer.look()


def sign_in(explorer, town, language, role, code):
    """Press the button of `/demo` that signs somebody in, then the link to the language."""
    sit_down(explorer.walker, town, language, role, code)


def sit_down(walker, town, language, role, code, nth=0):
    """The same without looking around; `nth` of those who have this role there."""
    seat = value(town, SEAT, role=role, code=code, nth=nth)
    page = walker.go("/demo").page
    page.locator(f"form[action*='/demo/sign-in/{seat}'] button").first.click()
    if not page.locator("html").get_attribute("lang").startswith(language):
        page.locator(".portal-top a[rel=alternate]").click()


def search(explorer, words):
    """Type into the field of the bar and press Enter, which needs no button and no script."""
    field = explorer.walker.page.locator("#portal-search")
    field.fill(words)
    field.press("Enter")
    explorer.walker.page.wait_for_load_state()
    explorer.look()


def press_first(explorer, css):
    """Press the first of these buttons that can be seen, and look at what comes."""
    explorer.walker.page.locator(css).locator("visible=true").first.click()
    explorer.look()


def sort_some(explorer, number):
    """Refuse the report with this number, dispatch and merge others, keep a view."""
    page = explorer.walker.page
    page.locator(".portal-nav a").first.click()
    press_first(explorer, "a[href*='/intake/ready']")
    if page.locator("main form button.govuk-button").count():
        press_first(explorer, "main form button.govuk-button")
    page.locator(".portal-nav a").first.click()
    ticks = page.locator("input[name=case][form=together]")
    ticks.nth(0).check()
    ticks.nth(1).check()
    press_first(explorer, "button[form=together]")
    page.locator(".portal-nav a").first.click()
    press_first(explorer, "a[data-key=Enter]")
    press_first(explorer, "button[form=sort]")
    search(explorer, "公司")
    search(explorer, number)  # a whole number opens the case
    press_first(explorer, "main a[href*='/refuse']")
    page.locator("input[name=reason_code]").first.check()
    explorer.walker.fill("explanation", "这件事不归我们管，请打 12345。")
    press_first(explorer, "main form button.govuk-button")
    press_first(explorer, "button[name=step][value=send]")
    page.locator(".portal-nav a[href*='/staff/cases']").click()
    press_first(explorer, "main a[href*='when=']")
    explorer.walker.fill("name", "要看的")
    press_first(explorer, "form[action*='/staff/views'] button")


def act_for_the_unit(explorer, town, language):
    """Sign for a new task book and report a task of another as done, with a photo."""
    for name, form in (("new", "/sign"), ("open", "/done")):
        if name not in town.links:  # a small city has no such book at every hour
            continue
        page = explorer.walker.go(f"/demo?lang={language}").page
        page.locator(f"a[href*='{town.links[name]}']").click()
        explorer.look()
        own = page.locator(f"form[action*='{form}']").first
        if not own.count():  # done already, by who walked before in this city
            continue
        if form == "/done":
            own.locator("textarea").fill("已经换好，见照片。")
            own.locator("input[type=file]").set_input_files(photo())
        own.locator("[name$=name]").fill("钱立")
        own.locator("[name$=post]").fill("安全主任")
        own.locator("button").click()
        explorer.look()


def declare_a_tie(explorer, unit, end):
    """Look a unit up, declare a tie to it, and end it where that may be done."""
    explorer.walker.page.locator("main a[href*='/ties/new']").first.click()
    explorer.walker.page.locator("main [name=q]").fill(unit)
    press_first(explorer, "main form[method=get] button")
    explorer.walker.page.locator("input[name=unit_id]").first.check()
    press_first(explorer, "main form[method=post] button.govuk-button")
    if end:
        press_first(explorer, "form[action*='/ties/'] button")


def look_after_people(explorer, colleague, unit):
    """Make the link that sets a password; a colleague opens it. Then a tie, and signing out."""
    page = explorer.walker.page
    page.locator(".portal-nav a").first.click()
    page.locator("main table a[href*='/admin/people/']").first.click()
    press_first(explorer, "form[action*='/reset'] button")
    link = page.locator("#portal-link").input_value()
    colleague.walker.go(link[link.index("/reset/") :] + f"?lang={explorer.language}")
    colleague.look()
    declare_a_tie(explorer, unit, end=True)
    press_first(explorer, "form[action*='/logout'] button")
    explorer.roam()
    assert "security.forgot_password" in explorer.ledger.reached


def stands(town, where):
    """Return number and lead's group of the first case of which this holds, or None."""
    query = (
        "SELECT c.number, g.code FROM cases c JOIN groups g ON "
        + (
            "g.jurisdiction = c.jurisdiction AND g.id != c.group_id"
            if "return_asked_at IS NOT NULL" in where
            else "g.id = c.group_id"
        )
        + f" WHERE {where} ORDER BY c.number LIMIT 1"
    )
    with town.app.app_context():
        row = db.session.execute(text(query)).one_or_none()
        db.session.remove()
    return row


def walk_everywhere(ledger, townsman, town, **how):
    """Let everybody go everywhere; the ledger holds what came of it."""
    language = how["language"]

    def explorer(who):
        return Explorer(townsman(**how), ledger, language, who)

    visitor = explorer("visitor")
    visitor.walker.go("/")
    visitor.roam()
    reporter = explorer("reporter")
    report(reporter, language)
    number = value(town, "SELECT number FROM cases ORDER BY opened_at DESC, number DESC LIMIT 1")
    unit = value(town, "SELECT name FROM units ORDER BY name LIMIT 1")
    for role, code, cases in PEOPLE:
        person = explorer(role)
        sign_in(person, town, language, role, code)
        person.roam(cases=cases)
        if role == "dispatcher":
            sort_some(person, number)
        if role == "member":
            person.walker.page.locator(".portal-top__who a").click()
            declare_a_tie(person, unit, end=False)
        if role == "administrator":
            look_after_people(person, explorer("colleague"), unit)
    for where in STANDING.values():
        case = stands(town, where)
        if case:
            lead = explorer("lead")
            sign_in(lead, town, language, "lead", case.code)
            search(lead, case.number)
    reporter.walker.page.reload()
    reporter.look()
    open_receipts(reporter, town, language)
    act_for_the_unit(explorer("unit"), town, language)
    town.run_jobs()
    guest = explorer("guest of the demo")
    guest.walker.go("/demo")
    guest.roam()
