"""Everybody's way through the demo city: who signs in, what they press, where they look."""

import io

from PIL import Image
from sqlalchemy import select, text

from portal.access.kinds import Action
from portal.access.policy import may
from portal.accounts.queries import actor_in, memberships_on
from portal.cases.lifecycle.gate import not_open
from portal.cases.lifecycle.moves import BY_NAME
from portal.cases.models import Case
from portal.cases.queries import clocks_of, facts_of
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.handling.forms.moves import MOVE_FORMS, ONE_PRESS
from portal.presets.loader import folder_of
from portal.presets.queries import in_force
from tests.support.city import PLACE, TEXT
from tests.support.explorer import Explorer, Ledger, examine
from tests.support.town import TO_DRAW

SAID = "看过，就这样办。"
#: Names somebody, which is pointed out before sending.
NAMING = f"{TEXT}王师傅知道。"
#: What these walks type.
TYPED = (
    SAID,
    "试用",
    NAMING,
    TEXT,
    PLACE,
    "门还锁着，请晚上十点以后来看。",
    "这件事不归我们管，请打 12345。",
    "要看的",
    "钱立 安全主任 中文",
    "已经换好，见照片。",
    "名册外的新厂 常州示例新厂（虚构）",
    "处长 周五前装好，见照片。",
)
#: What is data and not the page's words: names, texts, and everything of the city's own files.
DATA = (
    "SELECT body FROM texts",
    "SELECT name || ' ' || post FROM people",
    "SELECT name || ' ' || coalesce(address, '') FROM units",
    "SELECT email FROM accounts",
    "SELECT title FROM plans",
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
#: Moves that no case rests at for long: which ones, taken by their pages, lead there.
LED_TO_BY = {
    "dispatch": ("accept",),
    "take_back": ("dispatch",),
    "close": ("verify", "conclude"),
    "decide_return": ("ask_return",),
}
#: Behind every case in the order of `offers_of`.
AFTER = (True, "\uffff")
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
UNIT_SEAT = """SELECT m.id FROM memberships m JOIN accounts a ON a.id = m.account_id
    WHERE a.email = :email"""
SEAT = """SELECT m.id FROM memberships m LEFT JOIN groups g ON g.id = m.group_id
    WHERE m.role = :role AND (g.code = :code OR CAST(:code AS text) IS NULL)
        AND m.ends_on IS NULL
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
    folder = folder_of("changzhou").rglob("*")
    files = [one.read_text("utf-8") for one in folder if one.is_file()]
    return Ledger(town, "\n".join([*rows, *files, *TYPED]), on_page)


def photo():
    """A picture as a browser's file field takes it."""
    held = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 60, 40)).save(held, "JPEG")
    return {"name": "IMG_我家.jpg", "mimeType": "image/jpeg", "buffer": held.getvalue()}


def take_down(explorer):
    """File for somebody who calls, as far as the slip with the code."""
    person = explorer.walker.go(f"/staff/intake/new?lang={explorer.language}")
    person.choose("channel", "letter").fill("text", TEXT).fill("place", PLACE)
    explorer.then(lambda: person.page.locator("main form [type=submit]").last.click())


def report(explorer, language):
    """File a report and follow it; look at every page on the way."""
    start, onward, check, send, follow, see, message = WORDS[language]
    person, page = explorer.walker.go("/"), explorer.walker.page
    explorer.then(lambda: person.follow(start))
    explorer.then(lambda: person.press(onward))  # nothing typed: the page with what is lacking
    person.fill("text", NAMING).fill("place", PLACE).choose("jurisdiction", "320412")
    if person.script:  # kinds are found while a word is typed, the map opens on the page
        for word in (SAID, ""):
            with page.expect_response("**/report/kinds*"):
                person.fill("sought", word)
        with page.expect_response("**/report/boundaries*"):
            page.locator("button[name=map]").click()
    explorer.then(lambda: person.press(onward))
    press_first(explorer, ".govuk-back-link")  # there is something now that can be cleared
    explorer.then(lambda: person.press(onward))
    page.set_input_files("input[name=photos]", photo())
    explorer.then(lambda: person.press(check))
    explorer.then(lambda: person.press(send))
    code = "".join(page.locator("#portal-code").inner_text().split())
    explorer.then(lambda: person.follow(follow))
    person.fill("code", code)
    explorer.then(lambda: person.press(see))
    person.fill("body", "门还锁着，请晚上十点以后来看。")
    explorer.then(lambda: person.press(message))
    if not page.locator("#notice[open]").count():  # looking at the page has opened it
        page.locator("#notice summary").click()
    person.fill("address", "me@example.org")
    explorer.then(page.locator("#notice button").click)


def open_receipts(explorer, town, language):
    """Type every code of the demo's start page and look at where its report stands."""
    *_rest, follow, see, _message = WORDS[language]
    person = explorer.walker
    for code in town.codes.values():
        explorer.then(lambda: person.go("/").follow(follow))
        person.fill("code", code)
        explorer.then(lambda: person.press(see))
        if person.page.locator("form[action*='/inside/outside']").count():
            press_first(explorer, "form[action*='/inside/outside'] button")


def claim_a_reward(explorer, code, language):
    """Open the receipt of somebody to whom a reward is offered, and claim it."""
    *_rest, follow, see, _message = WORDS[language]
    person = explorer.walker
    explorer.then(lambda: person.go("/").follow(follow))
    person.fill("code", code)
    explorer.then(lambda: person.press(see))
    press_first(explorer, "#reward form button")


def pay_a_reward(explorer, code):
    """Look a voucher's code up and pay it; look it up once more."""
    for _turn in range(2):
        press_first(explorer, ".portal-nav a")
        explorer.walker.fill("code", code)
        press_first(explorer, "form[action*='/treasury/code'] button")
        if explorer.walker.page.locator("form[action*='/treasury/pay']").count():
            explorer.walker.page.locator("input[name=method]").first.check()
            explorer.walker.fill("receipt", SAID)
            press_first(explorer, "form[action*='/treasury/pay'] button")
    explorer.roam()


def change_language(explorer):
    """Press the link to the other language on the page, and the link back."""
    page = explorer.walker.page
    for lang in {"zh": ("en", "zh-Hans"), "en": ("zh-Hans", "en")}[explorer.language]:
        page.locator(".portal-top a[rel=alternate]").click()
        page.locator(f"html[lang={lang}]").wait_for(state="attached")


def sign_in(walker, town, role, code, nth=0):
    """Press the button of `/demo` that signs in the `nth` of those who have this role there."""
    take_seat(walker, value(town, SEAT, role=role, code=code, nth=nth))


def take_seat(walker, seat):
    """Press the button of `/demo` that signs somebody in; they read on in its language."""
    page = walker.go("/demo").page
    with page.expect_navigation():
        page.locator(f"form[action*='/demo/sign-in/{seat}'] button").first.click()


def search(explorer, words):
    """Type into the field of the bar and press Enter, which needs no button and no script."""
    field = explorer.walker.page.locator("#portal-search")
    field.fill(words)
    explorer.then(lambda: field.press("Enter"))


def press_first(explorer, css):
    """Press the first of these that can be seen, and look at what comes."""
    explorer.then(explorer.walker.page.locator(css).locator("visible=true").first.click)


def write_a_plan(explorer, town):
    """Open the plan that can be drawn, write another and publish it: its first visit can begin."""
    with town.app.app_context():
        today = now().date().isoformat()
        db.session.remove()
    press_first(explorer, ".portal-nav a[href*='/staff/plans']")
    explorer.then(explorer.walker.page.get_by_role("link", name=TO_DRAW, exact=True).click)
    press_first(explorer, ".portal-nav a[href*='/staff/plans']")
    press_first(explorer, "main a[href*='/plans/new']")
    person = explorer.walker.fill("title", SAID).choose("kind", "special").fill("starts_on", today)
    explorer.then(lambda: person.page.locator("main form [type=submit]").last.click())
    press_first(explorer, "main form[action*='/publish'] button")


def learn(explorer):
    """Open a lesson in each of its states, the case it comes from, and what a sweep finds."""
    for state in ("draft", "handed_in", "read", "published"):
        press_first(explorer, ".portal-nav a[href*='/staff/lessons']")
        press_first(explorer, f"main a[href*='state={state}']")
        press_first(explorer, "main table a[href*='/staff/lessons/']")
    explorer.roam(cases=2)
    press_first(explorer, "main a[href*='/staff/cases/']")
    press_first(explorer, "main a[href*='/lessons/new']")


def open_filters(explorer):
    """On a phone filters and kept views stand behind a link."""
    if (filters := explorer.walker.page.locator("main a[href='#filters']")).is_visible():
        filters.click()
        explorer.look()


def sort_some(explorer, number):
    """Refuse the report with this number, dispatch and merge others, keep a view."""
    page = explorer.walker.page
    press_first(explorer, ".portal-nav a")
    press_first(explorer, "a[href*='/intake/ready']")
    press_first(explorer, "main form button.govuk-button")
    press_first(explorer, ".portal-nav a")
    ticks = page.locator("input[name=case][form=together]")
    ticks.nth(0).check()
    ticks.nth(1).check()
    press_first(explorer, "button[form=together]")
    press_first(explorer, ".portal-nav a")
    press_first(explorer, "a[data-key=Enter]")
    press_first(explorer, "button[form=sort]")
    search(explorer, "公司")
    search(explorer, number)  # a whole number opens the case
    press_first(explorer, "main a[href*='/refuse']")
    page.locator("input[name=reason_code]").first.check()
    explorer.walker.fill("explanation", "这件事不归我们管，请打 12345。")
    press_first(explorer, "main form button.govuk-button")
    press_first(explorer, "button[name=step][value=send]")
    press_first(explorer, ".portal-nav a[href*='/staff/cases']")
    press_first(explorer, "main a[href*='when=']")
    open_filters(explorer)
    explorer.walker.fill("name", "要看的")
    press_first(explorer, "form[action*='/staff/views'] button")
    open_filters(explorer)


def carry_out(explorer, move):
    """Take a move by its page: its reasons and answers typed, the first of every list chosen.

    What was looked at is found untrue: that leads to the end without a task book.
    """
    page = explorer.walker.page
    press_first(explorer, f"main a[href*='/{move}']")
    form = page.locator("main form.portal-form")
    for field in form.locator("textarea, [name=reason]").locator("visible=true").all():
        field.fill(SAID)
    for field in form.locator("select").locator("visible=true").all():
        if not field.input_value():
            field.select_option(index=1)
    if move == "verify":
        form.locator("input[name=finding][value=not_true]").check()
    press_first(explorer, "main form.portal-form button.govuk-button")
    if page.locator("button[name=step][value=send]").count():
        press_first(explorer, "button[name=step][value=send]")


def act_for_the_unit(explorer, town):
    """Sign for a new task book and report a task of another as done, with a photo."""
    for name, form in (("new", "/sign"), ("open", "/done")):
        page = explorer.walker.go("/demo").page
        press_first(explorer, f"a[href*='{town.links[name]}']")
        own = page.locator(f"form[action*='{form}']").first
        if form == "/done":
            own.locator("textarea").fill("已经换好，见照片。")
            own.locator("input[type=file]").set_input_files(photo())
        own.locator("[name$=name]").fill("钱立")
        own.locator("[name$=post]").fill("安全主任")
        explorer.then(own.locator("button").click)
    own = page.locator("form[action$='/help']").first
    own.locator("input[type=radio]").first.check()
    own.locator("textarea").fill(SAID)
    own.locator("[name$=name]").fill("钱立")
    own.locator("[name$=post]").fill("安全主任")
    explorer.then(own.locator("button").click)
    press_first(explorer, "a[href*='/unit/help/']")


def look_for_oneself(explorer, town, late):
    """As a unit with an account: begin a check, answer an item, finish, enter a hazard and put it
    right, hand another up, declare what is late. Then as the other unit, which is late.
    """
    page = explorer.walker.page
    take_seat(explorer.walker, value(town, UNIT_SEAT, email="own1@demo.example"))
    explorer.roam()
    press_first(explorer, "main a[href*='/duties/risk_identification']")
    press_first(explorer, "main form.portal-form button.govuk-button")
    press_first(explorer, "main a.govuk-button")
    page.locator("textarea[name=statement]").fill(SAID)
    press_first(explorer, "main form.portal-form button.govuk-button")
    press_first(explorer, ".portal-nav a[href*='/unit/own/hazards']")
    press_first(explorer, "main a[href*='/hazards/new']")
    page.locator("textarea[name=words]").fill(SAID)
    page.locator("select[name=category]").select_option(index=1)
    press_first(explorer, "main form.portal-form button.govuk-button")
    page.locator("textarea[name=new-task]").fill(SAID)
    page.locator("input[name=new-who]").fill("试用")
    page.locator("input[name=new-due_on]").fill("2030-01-01")
    press_first(explorer, "form[action*='/tasks'] button.govuk-button")
    page.locator("textarea[name=task1-statement]").fill(SAID)
    page.locator("input[type=file]").first.set_input_files(photo())
    press_first(explorer, "form[action*='/done'] button.govuk-button")
    explorer.roam()
    take_seat(late.walker, value(town, UNIT_SEAT, email="own2@demo.example"))
    late.look()
    press_first(late, ".portal-nav a[href*='/unit/own/declarations']")
    press_first(late, "main table a")
    late.roam()


def begin_to_look(explorer, town):
    """Answer an item of a self-inspection, look at the pages on the way, and throw it away."""
    page = explorer.walker.page
    take_seat(explorer.walker, value(town, UNIT_SEAT, email="own3@demo.example"))
    press_first(explorer, "main a[href*='/duties/full']")
    press_first(explorer, "main form.portal-form button.govuk-button")
    press_first(explorer, "main ol a")
    page.locator("input[name=result][value=not_checked]").check()
    press_first(explorer, "main button[value=stay]")
    press_first(explorer, "main .govuk-back-link")
    press_first(explorer, "main a[href*='/unit/own/inspecting']")
    explorer.then(explorer.walker.page.go_back)


def look_at_a_unit(explorer, town):
    """As a member: what a unit found itself, with its photos."""
    sign_in(explorer.walker, town, "member", "insp-fire")
    unit = value(town, "SELECT unit_id FROM self_hazards ORDER BY entered_at DESC LIMIT 1")
    explorer.walker.go(f"/staff/units/{unit}/self-inspection?lang={explorer.language}")
    explorer.look()


def answer_a_step(explorer, token):
    """Answer a disciplinary step by its link, with a photo."""
    page = explorer.walker.go(f"/unit/steps/{token}").page
    explorer.look()
    page.locator("textarea").fill("周五前装好，见照片。")
    page.locator("input[type=file]").set_input_files(photo())
    page.locator("[name=name]").fill("钱立")
    page.locator("[name=post]").fill("处长")
    explorer.then(page.locator("form[action*='/answer'] button").click)


def declare_a_tie(explorer, unit, end):
    """Look a unit up, declare a tie to it, and end it where that may be done."""
    press_first(explorer, "main a[href*='/ties/new']")
    explorer.walker.page.locator("main [name=q]").fill(unit)
    press_first(explorer, "main form[method=get] button")
    explorer.walker.page.locator("input[name=unit_id]").first.check()
    press_first(explorer, "main form[method=post] button.govuk-button")
    if end:
        press_first(explorer, "form[action*='/ties/'] button")


def look_after_people(explorer, colleague, unit):
    """Make the link that sets a password; a colleague opens it. Then a tie, and signing out."""
    page = explorer.walker.page
    press_first(explorer, ".portal-nav a")
    press_first(explorer, "main table a[href*='/admin/people/']")
    press_first(explorer, "form[action*='/reset'] button")
    link = page.locator("#portal-link").input_value()
    colleague.walker.go(link[link.index("/reset/") :])
    colleague.look()
    declare_a_tie(explorer, unit, end=True)
    press_first(explorer, "form[action*='/logout'] button")
    explorer.roam()
    assert "security.forgot_password" in explorer.ledger.reached


def take_in_units(explorer):
    """Send a file of units of which one line is refused; open what came of it."""
    press_first(explorer, ".portal-nav a[href*='/staff/units']")
    press_first(explorer, "main a[href*='/staff/units/import']")
    rows = "名称,行业\n名册外的新厂,消防\n,消防\n".encode()
    file = {"name": "units.csv", "mimeType": "text/csv", "buffer": rows}
    explorer.walker.page.set_input_files("input[name=file]", file)
    press_first(explorer, "main form button.govuk-button")
    explorer.roam()


def write_a_checklist(explorer):
    """End a checklist and take it back, begin its next version, look at the pages of its draft."""
    press_first(explorer, "main a[href*='/checklists']")
    press_first(explorer, "main table a[href*='/checklists/']")
    press_first(explorer, "form[action*='/end'] button")
    press_first(explorer, "form[action*='/resume'] button")
    press_first(explorer, "form[action*='/draft/begin'] button")
    explorer.roam()


def inspect_by_checklist(explorer, town):
    """Begin an inspection by a checklist where one can be made, answer an item, look on."""
    seat, number = offers_of(town, ["inspect"])["inspect"]
    take_seat(explorer.walker, seat)
    search(explorer, number)
    press_first(explorer, "main a[href$='/inspect'], main a[href*='/inspect?']")
    press_first(explorer, "main a[href*='/inspection']")
    explorer.walker.page.locator("input[name=code]").first.check()
    press_first(explorer, "main form.portal-form button.govuk-button")
    press_first(explorer, "main ol a")
    explorer.walker.page.locator("input[name=result][value=pass]").check()
    press_first(explorer, "main button[value=next]")
    explorer.roam()
    press_first(explorer, "main .govuk-back-link")
    press_first(explorer, "main a[href*='/staff/inspecting']")
    explorer.then(explorer.walker.page.go_back)
    press_first(explorer, "main a.govuk-button")
    form = explorer.walker.page.locator("main form.portal-form")
    for person in form.locator("input[name=inspectors]").all()[:2]:
        person.check()
    form.locator("textarea[name=finding]").fill(SAID)
    names = [person.inner_text() for person in form.locator("label[for^=inspectors]").all()[:2]]
    form.locator("textarea[name=inspectors_sign]").fill("\n".join(names))
    form.locator("input[name=sign_unit][value=absent]").check()
    form.locator("textarea[name=refusal]").fill(SAID)
    if not form.locator("input[name=unit_id]:checked").count():
        # `look` has opened the fold already.
        form.locator("input[name=unit_name]").fill("常州示例新厂（虚构）")
    press_first(explorer, "main form.portal-form button.govuk-button")
    explorer.roam()


def stay_signed_in(explorer):
    """Sit still until the page warns that the session ends, and press its button."""
    page = explorer.walker.page
    page.clock.install()
    page.reload()
    seconds = int(page.locator("[data-module=portal-session]").get_attribute("data-seconds"))
    page.clock.fast_forward(1000 * (seconds - 60))
    explorer.look()
    page.locator("form[action*='/as/stay'] button").click()


def offers_of(town, wanted):
    """Return for each of the `wanted` moves that is open to anybody now one of them, and on which
    case.

    By the code that decides what a page offers; whether the page does is for the walk to see.
    Cases without hazards come first: of others more must be done before they can be closed.
    """
    found = {}
    with town.app.app_context():
        session, moment = db.session(), now()
        preset = in_force(session, moment)
        today = moment.astimezone(preset.limits.zone).date()
        seats = {(one.role, one.group_id): one for one in memberships_on(session, on=today)}
        actors = [(one, actor_in(one.account, one)) for one in seats.values()]
        for case in session.scalars(select(Case).order_by(Case.number)):
            # Numbers grow: where one without hazards is found, none that follows comes before it.
            sought = [BY_NAME[name] for name in wanted if found.get(name, AFTER)[0]]
            moves = [move for move in sought if case.state in move.sources]
            clocks = None
            for seat, actor in actors:
                own = [move for move in moves if may(actor, move.action, case)]
                if not own or not may(actor, Action.READ_FILE, case):
                    continue
                clocks = clocks or clocks_of(session, case, preset, as_of=moment)
                facts = facts_of(session, case, actor, now=moment, clocks=clocks)
                is_left = bool(facts.open_items or facts.hazards)
                for move in own:
                    at = (is_left, case.number)
                    if at < found.get(move.name, AFTER) and not_open(move, facts) is None:
                        found[move.name] = (*at, seat.id)
        db.session.remove()
    return {move: (seat, number) for move, (_left, number, seat) in found.items()}


def take_what_is_left(ledger, explorer, town):
    """Open the pages of moves that nobody was led to yet, each on a case where it is open.

    Where there is none, somebody takes the moves that lead there, and what is then offered to
    another is looked at in a second round.
    """
    people = {}

    def at_case(way, open_now):
        seat, number = open_now[way]
        if seat not in people:
            people[seat] = explorer(f"whose move is {way}")
            take_seat(people[seat].walker, seat)
        search(people[seat], number)
        return people[seat]

    for _round in range(2):
        left = set(MOVE_FORMS) - moves_in(ledger)
        open_now = offers_of(town, left)
        for move in sorted(left & set(open_now)):
            person = at_case(move, open_now)
            if move not in ONE_PRESS:
                press_first(person, f"main a[href*='/{move}']")
        for move in sorted(left - set(open_now)):
            for way in LED_TO_BY.get(move, ()):
                open_now = offers_of(town, [way])
                if way in open_now:
                    carry_out(at_case(way, open_now), way)


def moves_in(ledger):
    """Return the moves that somebody was offered, wherever."""
    return {name.split(":")[1] for name in ledger.names if ":" in name}


def walk_everywhere(ledger, townsman, town, **how):
    """Let everybody go everywhere; the ledger holds what came of it."""
    language = how["language"]

    def explorer(who):
        return Explorer(townsman(**how), ledger, language, who)

    town.lose_a_mail()
    town.flood()
    town.return_one()
    town.overlook()
    climbed, token, book = town.climb()
    digits, voucher = town.reward()
    ledger.data = ledger_of(town).data  # with what was said there
    visitor = explorer("visitor")
    visitor.walker.go("/")
    change_language(visitor)
    visitor.roam()
    reporter = explorer("reporter")
    report(reporter, language)
    number = value(town, "SELECT number FROM cases ORDER BY opened_at DESC, number DESC LIMIT 1")
    unit = value(town, "SELECT name FROM units ORDER BY name LIMIT 1")
    for role, code, cases in PEOPLE:
        person = explorer(role)
        sign_in(person.walker, town, role, code)
        person.roam(cases=cases)
        if role == "dispatcher":
            take_down(person)
            sort_some(person, number)
        if role == "member":
            press_first(person, ".portal-top__who a")
            declare_a_tie(person, unit, end=False)
        if (role, code) == ("lead", "insp-fire"):
            write_a_plan(person, town)
        if role == "director":
            search(person, climbed)
            person.roam()
            learn(person)
        if role == "administrator":
            take_in_units(person)
            press_first(person, ".portal-nav a[href*='/admin/rules']")
            write_a_checklist(person)
            look_after_people(person, explorer("colleague"), unit)
        if role == "treasurer":
            pay_a_reward(person, voucher)
        if role == "auditor" and how["script"]:
            stay_signed_in(person)
    take_what_is_left(ledger, explorer, town)
    inspect_by_checklist(explorer("inspector"), town)
    reporter.then(reporter.walker.page.reload)
    open_receipts(reporter, town, language)
    claim_a_reward(reporter, digits, language)
    act_for_the_unit(explorer("unit"), town)
    answer_a_step(explorer("addressee"), token)
    begin_to_look(explorer("unit that begins"), town)
    look_for_oneself(explorer("unit by account"), town, explorer("unit that is late"))
    look_at_a_unit(explorer("who looks after units"), town)
    guarded = explorer("unit of a major hazard")
    guarded.walker.go(f"/unit/{book}")
    guarded.look()
    town.run_jobs()
    guest = explorer("guest of the demo")
    guest.walker.go("/demo")
    guest.roam()
