"""Every measure against cases worked out by hand, one on each edge; the pages open into them."""

import csv
import html
import io
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy.exc import OperationalError

from portal.cases.kinds import Resolution
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.queries import clocks_of
from portal.clocks.reading import CHAIN
from portal.foundation.transaction import unit_of_work
from portal.measures import published
from portal.measures.asked import Asked
from portal.measures.catalogue import MEASURES
from portal.measures.check import check
from portal.measures.counts import Share
from portal.measures.headline import Newest
from portal.measures.listing import OF_STAGE, SORTS, Selection, number_behind, page_behind
from portal.measures.periods import Period, Scope
from portal.oversight.views._asking import question
from portal.presets.queries import in_force
from tests.support import figures as month
from tests.support.figures import END, NOW, START, at, figures_with_lists, rows_behind


@pytest.fixture(scope="module")
def lived(server, settled, tmp_path_factory):
    """A database in which the month was lived, to be copied, and its cases by name."""
    with month.lived(server, settled, tmp_path_factory.mktemp("lived")) as found:
        yield found


@pytest.fixture
def template(request, settled):  # tests that ask for `made` begin after the month
    return (request.getfixturevalue("lived") if "made" in request.fixturenames else settled)[0]


@pytest.fixture
def made(lived, city):
    return lived[1]


@pytest.fixture
def asked(session, made):
    return ask(session())


def ask(session, period=None, now=NOW, **kept):
    preset = in_force(session, now)
    return Asked(session, Scope(period=period or Period(START, END), **kept), preset, now)


def names(session, asked, show, actor):
    page = page_behind(
        session(), actor, Selection(show, asked.scope, asked.now), asked.preset, limit=None
    )
    return {row.case.id for row in page.rows}


def test_a_period_needs_zones_and_a_direction():
    with pytest.raises(ValueError, match="zone"):
        Period(START.replace(tzinfo=None), END)
    with pytest.raises(ValueError, match="before"):
        Period(END, START)


def test_the_period_holds_its_first_hour_and_not_the_first_after_it(asked, made, session, city):
    assert published.received(asked) == 7
    inside = names(session, asked, "received", city.auditor)
    assert made.first.case_id in inside
    assert made.waiting.case_id in inside
    assert not {made.august.case_id, made.october.case_id} & inside


def test_the_decision_counts_by_its_due_cohort_and_a_merge_takes_no_miss_away(asked):
    figures = published.time_to_acceptance(asked)
    # Working days: first 1, late 8, refused 5, returned 0, reopened 0; merged censored; one waits.
    assert figures.counted == 7
    assert figures.reached == 5
    assert figures.waits == 1
    assert (figures.due, figures.on_time) == (7, 4)
    assert (figures.late_done, figures.overdue, figures.missed) == (2, 1, 3)
    # 0, 0, 1, 5 | 8, 8+, 22+: after 0: 5/7, 1: 4/7, 5: 3/7
    assert figures.median == 5
    assert figures.p90 is None


def test_what_is_done_before_its_date_is_due_only_when_the_date_has_passed(session, city):
    filed = city.in_hand(now=at(2))
    month.verify(city, filed, at(9))
    month.conclude(city, filed, at(10))
    early = ask(session(), now=at(1, 23, 11))
    assert published.time_to_conclusion(early).reached == 1
    assert published.share_on_time(early)["conclusion"].value is None
    # Sixty days from the 2nd of September end on a Sunday, so with Monday the 2nd of November.
    passed = ask(session(), now=at(3, 1, 11))
    assert published.share_on_time(passed)["conclusion"] == Share(1, 1)


@pytest.mark.trap(9)
@pytest.mark.trap(53)
def test_reopening_keeps_the_first_conclusion_and_its_punctuality(asked):
    figures = published.time_to_conclusion(asked)
    # accepted: first, late, returned, reopened
    assert figures.counted == 4
    assert figures.reached == 2
    # Within 60 days of acceptance: first on 8 days, reopened on 8; late runs until 13 November.
    assert (figures.due, figures.on_time) == (3, 2)
    assert figures.overdue == 1
    assert figures.median == 8


def test_signing_counts_from_the_first_dispatch_whatever_was_returned(asked):
    figures = published.time_to_signing(asked)
    assert figures.counted == 4
    assert figures.reached == 3
    # late: 3 working days, over its one; returned: nobody has signed
    assert figures.missed == 2
    assert figures.overdue == 1


@pytest.mark.trap(10)
def test_the_chain_runs_from_the_click_to_the_answer_also_through_a_merge(asked):
    figures = published.time_to_answer(asked)
    # first 9, refused 7, reopened 8 days; the other four wait
    assert figures.counted == 7
    assert figures.reached == 3
    assert figures.waits == 4
    assert figures.median is None
    assert [step.time for step in figures.steps] == [7, 8, 9]


def chain_of(session, case_id, report_id):
    """How the reporter's whole road stands by the events themselves."""
    case = session.get_one(Case, case_id)
    found = clocks_of(session, case, in_force(session, NOW), as_of=NOW)
    (chain,) = (one for one in found if (one.kind, one.subject) == (CHAIN, str(report_id)))
    return chain


def test_a_withdrawn_report_waits_for_its_answer_like_any_other(session, city):
    filed = city.file(now=at(3))
    city.accepted(filed.case_id, now=at(4))
    city.dispatched(filed.case_id, now=at(4))
    city.move(city.lead, c.SignFor, filed.case_id, now=at(4, 10))
    city.move(city.reporter(filed.report_id), c.Withdraw, filed.case_id, reason="不告了", now=at(5))
    assert chain_of(session(), filed.case_id, filed.report_id).is_open
    assert published.time_to_answer(ask(session())).waits == 1
    month.verify(city, filed, at(8))
    # A reporter who withdrew need not be answered: nothing then says that the road had an end.
    city.move(city.lead, c.Conclude, filed.case_id, answers=(), now=at(9))
    month.close(city, filed, at(10))
    session.remove()
    assert chain_of(session(), filed.case_id, filed.report_id).is_open
    figures = published.time_to_answer(ask(session()))
    assert (figures.counted, figures.reached, figures.waits) == (1, 0, 1)
    assert (figures.median, figures.steps) == (None, ())
    assert check(ask(session())).differences == []


def test_a_merged_report_runs_on_until_it_is_answered_where_it_went(session, city, made):
    assert chain_of(session(), made.merged.case_id, made.merged.report_id).is_open
    month.verify(city, made.late, at(21))
    answers = tuple((one.report_id, "查过了，没有发现。") for one in (made.late, made.merged))
    city.move(city.lead, c.Conclude, made.late.case_id, answers=answers, now=at(24))
    session.remove()
    for case in (made.merged, made.late):
        chain = chain_of(session(), case.case_id, made.merged.report_id)
        assert (chain.started_at, chain.stopped_at) == (at(4), at(24))
    figures = published.time_to_answer(ask(session()))
    # To the three of the month come late's 22 days and, from its own click, merged's 20.
    assert (figures.reached, figures.waits) == (5, 2)
    assert [step.time for step in figures.steps] == [7, 8, 9, 20, 22]
    assert check(ask(session())).differences == []


@pytest.mark.trap(12)
def test_counts_of_the_cohort(asked):
    assert (published.accepted(asked).part, published.accepted(asked).whole) == (4, 7)
    assert (published.refused(asked).part, published.refused(asked).whole) == (1, 7)
    assert list(published.refusals_by_reason(asked).values()) == [1]
    assert (published.returned(asked).part, published.returned(asked).whole) == (1, 4)
    assert (published.reopened(asked).part, published.reopened(asked).whole) == (1, 4)
    ended = published.ended_by_resolution(asked)
    assert ended[Resolution.UNFOUNDED] == 1
    assert ended[Resolution.DUPLICATE] == 1
    assert sum(ended.values()) == 3
    assert [n for n in published.solved(asked).values() if n] == [1]
    assert [n for n in published.satisfied(asked).values() if n] == [1]


@pytest.mark.trap(42)
def test_what_waits_now_is_counted_whenever_it_came(asked):
    waiting = published.waiting_now(asked)
    # august, october, late, waiting, returned, reopened
    assert waiting.number == 6
    assert waiting.oldest == 71
    assert (waiting.median, waiting.p90) == (63, 71)
    assert waiting.late == 6
    assert sum(one.number for one in waiting.classes) == 6


def test_the_flow_adds_up_and_so_does_the_count_of_the_cases(session, made):
    asked = ask(session())
    september, since = published.flow(asked), asked.flow_since
    assert (september.before, september.received, september.reopened) == (1, 7, 0)
    # refused, merged, first and reopened closed
    assert september.total_closed == 4
    assert (september.after, september.counted, september.difference) == (4, 4, 0)
    assert (since.before, since.received, since.reopened) == (4, 1, 1)
    assert (since.after, since.counted, since.difference) == (6, 6, 0)


def test_a_merge_undone_adds_up_too(session, city, made):
    city.move(
        city.lead, c.Split, made.late.case_id, report_id=made.merged.report_id, now=at(2, 9, 10)
    )
    since = ask(session()).flow_since
    assert since.reopened == 2
    assert since.difference == 0
    assert ask(session()).flow.difference == 0


def test_a_group_or_category_keeps_to_its_cases(session, city, made):
    industry = ask(session(), group_id=city.group("insp-industry"))
    assert published.received(industry) == 1
    fire = ask(session(), category="fire")
    assert published.received(fire) == 4
    assert published.received(ask(session(), category="fir")) == 0
    assert published.received(ask(session(), jurisdiction="320412")) == 7
    assert published.received(ask(session(), suspected_major=True)) == 0


def test_an_empty_period_has_no_values(session, made):
    empty = ask(session(), period=Period(START - timedelta(days=400), START - timedelta(days=399)))
    assert published.received(empty) == 0
    assert published.accepted(empty).value is None
    assert published.time_to_answer(empty).median is None
    for measure in MEASURES:
        measure.lines(empty)


@pytest.mark.trap(50)
def test_every_figure_has_as_many_cases_as_it_says(session, city, asked):
    shows = {f"{stage}.{what}": getattr(figures, what)
             for stage, figures in asked.times.items() for what in OF_STAGE}  # fmt: skip
    shows |= dict(asked.counts.numbers)
    shows |= {"waiting": asked.waiting.number, "late": asked.waiting.late}
    for one in asked.waiting.classes:
        shows[f"age.{one.first}-{'' if one.last is None else one.last}"] = one.number
    found = asked.flow
    shows |= {"flow.before": found.before, "flow.received": found.received}
    shows |= {"flow.reopened": found.reopened, "flow.closed": found.total_closed}
    shows |= {f"flow.closed.{end.value}": found.closed.get(end, 0) for end in Resolution}
    shows |= {"flow.after": found.counted}
    assert len(shows) > 90
    for show, number in shows.items():
        selection = Selection(show, asked.scope, asked.now)
        assert number_behind(session(), city.auditor, selection, asked.preset) == number, show


@pytest.mark.parametrize("sort", SORTS)
def test_paging_by_any_time_shows_each_case_once(session, city, asked, sort):
    selection = Selection("received", asked.scope, asked.now)
    for descending in (True, False):
        seen, after = [], None
        while True:
            page = page_behind(
                session(), city.auditor, selection, asked.preset,
                sort=sort, descending=descending, after=after, limit=2,
            )  # fmt: skip
            seen += [row.key for row in page.rows]
            if not page.more:
                break
            after = page.rows[-1].key
        assert len({key[1] for key in seen}) == len(seen) == 7
        assert seen == sorted(seen, reverse=descending)


@pytest.mark.promise(5)
def test_check_finds_nothing_on_a_true_cache_and_names_a_false_one(session, asked, made, superuser):
    found = check(asked)
    assert found.ok
    assert found.cases == 7
    from sqlalchemy import text

    session.remove()
    with superuser.begin() as connection:
        connection.execute(
            text(
                "UPDATE clock_readings SET breached = false, state = 'done' "
                "WHERE case_id = :id AND clock = 'acceptance'"
            ),
            {"id": made.late.case_id},
        )
    found = check(ask(session()))
    assert [(one.case_id, one.stage) for one in found.differences] == [
        (made.late.case_id, "acceptance")
    ]


# The pages


@pytest.fixture
def auditor(client_for, city, made, monkeypatch):
    monkeypatch.setattr("portal.oversight.views._asking.now", lambda: NOW)
    monkeypatch.setattr("portal.oversight.views.open.now", lambda: NOW)
    return client_for(city.auditor)


RANGE = "?from=2026-09-01&to=2026-10-01"
NUMBER = re.compile(r"[\d,]+")
#: Percentages that are no figure: the limits that charts draw.
BANDS = {"95%", "99.8%"}


@pytest.mark.parametrize("page", ["/oversight", "/oversight/figures"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_number_on_the_pages_opens_into_as_many_rows(auditor, page, lang):
    answer = auditor.get(f"{page}{RANGE}&lang={lang}")
    assert answer.status_code == 200
    figures = figures_with_lists(answer.get_data(as_text=True))
    assert len(figures) > 40
    counted = 0
    for words, address in figures:
        plain = words.lstrip("+−=◆ ").strip()
        share = re.fullmatch(r"(\d+) / (\d+)", plain)
        if share or NUMBER.fullmatch(plain):
            said = int(share[2]) if share else int(plain.replace(",", ""))
            # Days behind a median or the oldest wait are no count of cases.
            if "show=waiting" in address and said != 6:
                continue
            if "whole.counted" in address and said != 7:
                continue
            assert len(rows_behind(auditor, address)) == said, (words, address)
            counted += 1
    assert counted > 25


def test_a_due_date_opens_its_why_without_script(auditor, made):
    page = auditor.get(f"/oversight/cases{RANGE}&show=acceptance.missed&lang=en")
    body = page.get_data(as_text=True)
    links = re.findall(r'href="([^"]*why=[^"]*:acceptance[^"]*)"', body)
    assert len(links) == 3
    opened = auditor.get(links[0].replace("&amp;", "&")).get_data(as_text=True)
    assert "The limit is 5 working days from" in opened
    assert "portal-why" in opened


@pytest.mark.parametrize("stage", ["acceptance", "dispatch", "visit", "closure", "whole"])
def test_the_cases_of_a_stage_are_sorted_by_any_stage(auditor, stage):
    for sort in ("acceptance", "verification", "closure", "whole", stage):
        page = auditor.get(f"/oversight/cases{RANGE}&show={stage}.counted&sort={sort}")
        assert page.status_code == 200, (stage, sort)


def test_figures_of_one_group_open(auditor, city):
    for address in ("/oversight", "/oversight/cases", "/oversight/figures"):
        page = auditor.get(f"{address}{RANGE}&group={city.group('insp-fire')}")
        assert page.status_code == 200, address


def test_the_comparison_of_groups_leads_from_one_group_to_another(app, auditor):
    """A group with cases enough for a share has a link to itself, also when it is asked for."""
    with app.test_request_context(f"/oversight/figures{RANGE}&group=insp-fire"):
        wanted = question()
        assert wanted.arguments["group"] == "insp-fire"
        assert parse_qs(urlsplit(wanted.here(group="sup-wujin")).query)["group"] == ["sup-wujin"]


@pytest.mark.parametrize(
    "address",
    [
        "/oversight/cases?show=nonsense",
        "/oversight/cases?show=age.x-y",
        "/oversight/cases?show=flow.closed.nonsense",
        "/oversight?sort=nonsense",
        "/oversight?after=1.2.3",
        "/oversight?why=x:acceptance",
        "/oversight?why=00000000-0000-0000-0000-000000000000:acceptance",
        "/open?period=2026-Q9",
        "/open?period=1999-Q1",
    ],
)
def test_an_address_that_means_nothing_is_not_found(auditor, address):
    assert auditor.get(address).status_code == 404


@pytest.mark.parametrize(
    "given", ["?from=x&to=2026-10-01", "?from=2026-10-01&to=2026-09-01", "?from=&to="]
)
def test_a_wrong_range_is_said_at_its_field_and_the_page_stays(auditor, given):
    answer = auditor.get(f"/oversight{given}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)


def test_pages_of_oversight_are_for_those_who_oversee(client_for, city, made):
    for actor in (city.dispatcher, city.lead, city.member, city.administrator):
        for page in ("/oversight", "/oversight/figures", "/oversight/cases", "/oversight/history",
                     "/oversight/cases.csv", "/oversight/figures.csv"):  # fmt: skip
            assert client_for(actor).get(page).status_code == 404
    assert client_for(city.director).get("/oversight").status_code == 200


@pytest.mark.trap(11)
@pytest.mark.parametrize("page", ["/oversight", "/oversight/figures"])
def test_few_cases_make_no_percentage_and_put_no_group_into_a_comparison(auditor, page):
    """Seven cases: one group has one, and all of it was late or in time. That says nothing."""
    shown = auditor.get(f"{page}{RANGE}&lang=en").get_data(as_text=True)
    figures = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]*>", " ", shown, flags=re.S)
    found = re.findall(r"\d[\d.]*\s?%", figures)
    assert [one for one in found if one.replace(" ", "") not in BANDS] == []
    if page.endswith("figures"):
        assert "No group has 10 cases due yet: too few." in figures


@pytest.mark.trap(50)
def test_the_files_hold_definitions_and_say_what_is_open(auditor):
    file = auditor.get(f"/oversight/figures.csv{RANGE}&lang=en").get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(file.removeprefix("\ufeff"))))
    by_measure = {row[0]: row for row in rows if len(row) == 6}
    for measure in MEASURES:
        if measure.id in by_measure:
            assert by_measure[measure.id][5] == measure.definition
    assert {"waiting_now", "time_to_answer", "share_on_time", "flow"} <= set(by_measure)
    cases = rows_behind(auditor, f"/oversight/cases{RANGE}&show=received&lang=en")
    assert sum(row["Whole road"].startswith("> ") for row in cases) == 4


def test_the_history_page_tells_what_is_not_sealed(auditor):
    page = auditor.get("/oversight/history?lang=en").get_data(as_text=True)
    assert "Nothing is sealed yet" in page
    assert "history verify" in page


# The public page


def test_open_figures_set_no_cookie_and_may_be_cached(app, made, monkeypatch):
    monkeypatch.setattr("portal.oversight.views.open.now", lambda: NOW)
    for page in ("/open", "/open/figures.csv", "/open?period=2026-Q3&lang=en"):
        answer = app.test_client().get(page)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_open_figures_hide_small_numbers_on_page_and_in_the_file(app, made, monkeypatch):
    monkeypatch.setattr("portal.oversight.views.open.now", lambda: NOW)
    page = app.test_client().get("/open?period=2026-Q3&lang=en").get_data(as_text=True)
    tables = re.findall(r"<tbody>(.*?)</tbody>", page, re.S)
    cells = re.findall(r'<td class="r">([^<]*)</td>', "".join(tables))
    assert "1–4" in cells
    assert not {"1", "2", "3", "4"} & {cell.strip() for cell in cells if "%" not in cell}
    file = app.test_client().get("/open/figures.csv?period=2026-Q3&lang=en").get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(file.removeprefix("\ufeff"))))
    told = [
        row[-1] for row in rows if row and row[0] in ("all", "district", "kind", "end", "refused")
    ]
    assert "1–4" in told
    assert not {"1", "2", "3", "4"} & set(told)
    assert any(row and row[0] == "Definition" for row in rows)
    bare = [row[1] for row in rows if row and row[0] == "kind" and row[-1] == "0"]
    (named,) = re.findall(r"None about: ([^<]*)<", page)
    assert html.unescape(named).rstrip(".") == ", ".join(bare)


def test_home_tells_the_first_figures_of_open_only_where_there_are_enough(
    app, made, session, monkeypatch
):
    for page in ("oversight.views.open", "filing.views.home"):
        monkeypatch.setattr(f"portal.{page}.now", lambda: NOW)
    heading = "How we are doing"
    home = app.test_client().get("/?lang=en").get_data(as_text=True)
    assert "Report a hazard" in home
    assert heading not in home
    preset = in_force(session(), NOW)
    settings = replace(preset.city.settings, percent_from=5)
    enough = replace(preset, city=replace(preset.city, settings=settings))
    for module in ("oversight.views.open", "measures.headline"):
        monkeypatch.setattr(f"portal.{module}.in_force", lambda *_: enough)
    app.extensions.pop("portal-newest")
    home, published_ = (
        app.test_client().get(f"{path}?lang=en").get_data(as_text=True) for path in ("/", "/open")
    )
    told = re.compile(r'class="portal-kpi__value">(?:<a[^>]*>)?\s*([\d,%]+)')
    assert heading in home
    assert set(told.findall(home)) <= {*told.findall(published_), "42"}
    # Without the database the last ones stay for this process, and a new one shows none.
    newest, late = app.extensions["portal-newest"], NOW + timedelta(hours=1)
    monkeypatch.setattr("portal.measures.headline.in_force", gone)
    assert newest.at(session(), late)
    assert Newest().at(session(), late) is None


def gone(*_):
    raise OperationalError("SELECT 1", {}, Exception("the database is gone"))


# The command line


def test_measures_and_history_speak_json(app, made, session):
    runner = app.test_cli_runner()
    import json

    def said(*arguments, code=0):
        answer = runner.invoke(args=[*arguments, "--json"])
        assert answer.exit_code == code, answer.output
        return json.loads(answer.stdout)

    assert {one["id"] for one in said("measures", "list")["measures"]} == {m.id for m in MEASURES}
    given = ("--from", "2026-09-01", "--to", "2026-10-01")
    assert said("measures", "show", "received", *given)["lines"] == [
        {"line": "received", "number": 7}
    ]
    assert said("measures", "check", *given)["cases"] == 7
    assert said("measures", "show", "nonsense", code=1)["ok"] is False
    sealed = said("history", "seal")
    assert sealed["sealed"] == sealed["position"] > 30
    verified = said("history", "verify")
    assert (verified["ok"], verified["unsealed"]) == (True, 0)


def test_an_imported_log_counts_nowhere_but_where_it_says(session, made):
    from sqlalchemy import text

    with unit_of_work(session()) as own:
        assert own.execute(text("SELECT count(*) FROM cases WHERE source = 'import'")).scalar() == 0
    assert ask(session()).counts.imported == 0
