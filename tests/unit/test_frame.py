"""Frame, macros, filters, languages and headers, rendered by a bare app."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import render_template_string
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict

from portal.web import filters, headers
from portal.web.fields import error_list
from portal.web.parts import SampleForm
from tests.support.parts_app import ERRORS, parts_app

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "portal/templates").rglob("*.html"))
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.I)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def app():
    return parts_app()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.stem)
def test_templates_hold_no_inline_code(path):
    assert not INLINE.search(path.read_text())


@pytest.mark.parametrize("path", sorted((ROOT / "portal/templates/components").glob("*.html")))
def test_every_macro_is_told_about_and_shown_among_all_parts(path):
    source = path.read_text()
    head = source[: source.index("-#}")]
    shown = (ROOT / "portal/templates/administration/parts.html").read_text()
    everywhere = "".join(p.read_text() for p in TEMPLATES)
    for name in re.findall(r"{% macro (\w+)\(", source):
        if name.startswith("_") or name in ("logo", "language_link", "sign_out"):
            continue
        assert name in head, f"{name} is not told about"
        assert name in shown or everywhere.count(f"{name}(") > 2, f"{name} is shown nowhere"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_part_renders_in_both_languages(client, language):
    page = client.get(f"/?lang={language}")
    assert page.status_code == 200
    assert ('lang="zh-Hans"' in page.text.split("<head>")[0]) == (language == "zh")
    words = re.sub(r'<a[^>]* lang="zh-Hans".*?</a>', "", page.text)
    assert bool(CHINESE.search(words)) == (language == "zh")
    assert ("还剩 1 个工作日" in page.text) == (language == "zh")
    assert ("1 working day left" in page.text) == (language == "en")


@pytest.mark.parametrize("number", ERRORS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_error_page_has_one_heading_and_a_way_on(client, number, language):
    page = client.get(f"/errors/{number}?lang={language}").text
    assert page.count("<h1") == 1
    assert 'href="/"' in page
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", page).group(1)
    assert re.search(r"<title>(.*?) – ", page).group(1) == heading


@pytest.mark.parametrize(
    ("query", "header", "profile", "default", "expected"),
    [
        ("", "zh-CN,zh;q=0.9,en;q=0.8", None, "en", "zh-Hans"),
        ("", "zh-TW", None, "en", "zh-Hans"),
        ("", "de,en;q=0.5", None, "zh_Hans_CN", "en"),
        ("", "de", None, "zh_Hans_CN", "zh-Hans"),
        ("", "", None, "en", "en"),
        ("?lang=en", "zh-CN", None, "zh_Hans_CN", "en"),
        ("?lang=zh-CN", "en", None, "en", "zh-Hans"),
        ("?lang=xx", "en", None, "zh_Hans_CN", "en"),
        ("", "en", "zh_Hans_CN", "en", "zh-Hans"),
        ("?lang=en", "zh", "zh_Hans_CN", "zh_Hans_CN", "en"),
    ],
)
def test_the_page_speaks_the_readers_language(app, query, header, profile, default, expected):
    from flask import g

    app.config["DEFAULT_LANGUAGE"] = default
    with app.test_request_context(f"/errors/404{query}", headers={"Accept-Language": header}):
        g.profile_language = profile
        page = render_template_string("{{ html_lang() }} {{ _('Back') }}")
    assert page == f"{expected} {'返回' if expected == 'zh-Hans' else 'Back'}"
    app.config["DEFAULT_LANGUAGE"] = "zh_Hans_CN"


def test_a_chosen_language_stays_in_our_links_and_the_other_one_keeps_the_rest(app):
    with app.test_request_context("/?lang=en&a=1&a=2"):
        assert render_template_string("{{ url_for('error', number=404) }}") == "/errors/404?lang=en"
        assert render_template_string("{{ other_language().url }}") == "/?a=1&amp;a=2&amp;lang=zh"
    with app.test_request_context("/"):
        assert render_template_string("{{ url_for('error', number=404) }}") == "/errors/404"


def test_a_hostile_query_does_not_break_out_of_the_language_link(client):
    page = client.get('/errors/404?q="><script>alert(1)</script>').text
    assert "<script>alert" not in page


LATE = datetime(2026, 11, 30, 16, 5, tzinfo=UTC)  # five past midnight on 1 December in Shanghai


@pytest.mark.parametrize(
    ("call", "zh", "en"),
    [
        (lambda: filters.day(LATE), "12 月 1 日（星期二）", "Tuesday 1 December"),
        (lambda: filters.plain_day(LATE, True), "2026 年 12 月 1 日", "1 December 2026"),
        (lambda: filters.plain_day(LATE), "12 月 1 日", "1 December"),
        (lambda: filters.short_day(LATE), "12-01", "12-01"),
        (lambda: filters.short_day(date(2027, 1, 2), LATE), "2027-01-02", "2027-01-02"),
        (lambda: filters.short_time(LATE), "12-01 00:05", "12-01 00:05"),
        (lambda: filters.hour(LATE), "12-01 0 时", "12-01 00:00"),
        (lambda: filters.day_part(LATE), "12-01 上午", "12-01, morning"),
        (lambda: filters.month(LATE), "2026 年 12 月", "December 2026"),
        (lambda: filters.iso(LATE), "2026-12-01T00:05:00+08:00", "2026-12-01T00:05:00+08:00"),
        (lambda: filters.number(18241), "18,241", "18,241"),
        (lambda: filters.number(3.0, 1), "3.0", "3.0"),
        (lambda: filters.number(None), "—", "—"),
        (lambda: filters.percent(555, 634), "88%", "88%"),
        (lambda: filters.percent(1, 0), "—", "—"),
    ],
)  # fmt: skip
def test_days_and_numbers_are_written_in_the_portals_zone(app, call, zh, en):
    for language, expected in (("zh", zh), ("en", en)):
        with app.test_request_context(f"/?lang={language}"):
            assert call() == expected


DUE = [
    ("late", 2, "working_day", "超期 2 个工作日", "2 working days late"),
    ("late", 1, "day", "超期 1 天", "1 day late"),
    ("soon", 70, "hours_minutes", "还剩 1 小时 10 分", "1 h 10 min left"),
    ("soon", 60, "hours_minutes", "还剩 1 小时", "1 hour left"),
    ("soon", 0, "hours_minutes", "还剩 0 分钟", "0 minutes left"),
    ("soon", 0, "day", "今天 24:00 到期", "Due today"),
    ("ok", 9, "day", "还剩 9 天", "9 days left"),
    ("paused", None, "day", "暂停中", "Paused"),
    ("paused", 7, "working_day", "暂停中，剩 7 个工作日", "Paused, 7 working days left"),
    ("done", 4, "working_day", "已完成，用 4 个工作日", "Done, took 4 working days"),
    ("done", None, "day", "已完成", "Done"),
    ("not_started", None, "day", "未开始", "Not started"),
    ("ok", 15, "running_day", "第 15 天", "Day 15"),
]


@pytest.mark.parametrize(("mark", "amount", "unit", "zh", "en"), DUE)
def test_time_left_is_said_in_words(app, mark, amount, unit, zh, en):
    source = "{% from 'components/marks.html' import portal_due %}{{ portal_due(m, a, u) }}"
    for language, expected in (("zh", zh), ("en", en)):
        with app.test_request_context(f"/?lang={language}"):
            html = render_template_string(source, m=mark, a=amount, u=unit)
        assert re.sub("<[^>]*>", "", html).strip() == expected


def test_typed_text_is_escaped_and_kept(app):
    with app.test_request_context("/"):
        page = render_template_string(
            "{% from 'components/thread.html' import portal_thread %}{{ portal_thread(m) }}",
            m=[{"who": "<i>", "when": "&", "text": "<script>x</script>"}],
        )
    assert "<script>" not in page
    assert "&lt;script&gt;x" in page


def test_sentences_and_marks_are_kept_apart_by_language_and_by_their_values(app):
    source = """{% from "components/marks.html" import portal_due %}
        {{ _("Search: %(words)s", words=typed) }} {{ drawn(portal_due, "late", days, "day") }}"""

    def page(typed, days):
        return render_template_string(source, typed=typed, days=days)

    with app.test_request_context("/?lang=en"):
        first = page("<b>50%</b>", 2)
        with force_locale("zh_Hans_CN"):
            other = page("<b>50%</b>", 2)
        again, third = page("<b>50%</b>", 2), page("x", 3)
    assert "Search: &lt;b&gt;50%&lt;/b&gt;" in first
    assert "2 days late" in first
    assert again == first
    assert CHINESE.search(other)
    assert "days" not in other
    assert "&lt;b&gt;50%&lt;/b&gt;" in other
    assert "Search: x" in third
    assert "3 days late" in third


def test_a_move_refused_for_one_reason_is_one_sentence(app):
    source = "{% from 'components/moves.html' import portal_moves %}{{ portal_moves([], r) }}"
    with app.test_request_context("/?lang=en"):
        page = render_template_string(
            source, r=[{"label": "Close", "sentence": ["not <concluded>"]}]
        )
    assert "Close: not &lt;concluded&gt;" in page


def test_a_faulty_field_says_so_keeps_the_text_and_leads_there(app):
    with app.test_request_context("/?lang=en"):
        form = SampleForm(MultiDict({"words": "<b>" + "x" * 5000, "select": "no"}))
        assert not form.validate()
        page = render_template_string(
            "{% from 'govuk_frontend_jinja/components/character-count/macro.html' "
            "import govukCharacterCount %}{{ form.words | govuk(govukCharacterCount, rows=8) }}",
            form=form,
        )
        links = [item["href"] for item in error_list(form)]
    assert links == ["#text", "#words", "#choice"]
    assert "govuk-error-message" in page
    assert "&lt;b&gt;xxx" in page
    assert 'rows="8"' in page
    assert 'data-maxlength="5000"' in page


def test_radios_carry_the_first_ones_id_for_the_error_summary(app):
    with app.test_request_context("/"):
        form = SampleForm(MultiDict({}))
        form.validate()
        page = render_template_string(
            "{% from 'govuk_frontend_jinja/components/radios/macro.html' import govukRadios %}"
            "{{ form.choice | govuk(govukRadios, heading=True) }}",
            form=form,
        )
    assert 'id="choice"' in page
    assert page.count("<h1") == 1


def test_headers_of_an_ordinary_page(client):
    sent = client.get("/errors/404").headers
    policy = dict(part.split(" ", 1) for part in sent["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["trusted-types"] == "'none'"
    assert "unsafe" not in sent["Content-Security-Policy"]
    assert sent["Cache-Control"] == "no-store"
    assert sent["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in sent
    assert "Strict-Transport-Security" not in sent


def test_headers_where_a_page_asks_for_others(app):
    def answered(act, url="/", **more):
        with app.test_request_context(url, **more):
            act()
            return app.process_response(app.make_response("x")).headers

    assert answered(headers.published)["Cache-Control"] == "public, max-age=60"
    assert "trusted-types default" in answered(headers.map_page)["Content-Security-Policy"]
    both = answered(lambda: (headers.map_page(), headers.worker_page()))
    assert "trusted-types default portal-worker" in both["Content-Security-Policy"]
    tiles = answered(lambda: headers.map_page("https://tiles.example.org/{z}/{x}/{y}.png?k=1"))
    assert "data: https://tiles.example.org;" in tiles["Content-Security-Policy"]
    assert answered(headers.open_to_other_sites)["Cross-Origin-Resource-Policy"] == "cross-origin"
    secure = {"base_url": "https://portal.example.org"}
    assert "Strict-Transport-Security" in answered(lambda: None, **secure)
    onion = {"base_url": "https://abc.onion"}
    assert "Strict-Transport-Security" not in answered(lambda: None, **onion)


def test_a_published_answer_with_a_cookie_or_an_error_is_not_kept(app):
    with app.test_request_context("/"):
        headers.published()
        response = app.make_response("x")
        response.set_cookie("a", "b")
        assert app.process_response(response).headers["Cache-Control"] == "no-store"
    with app.test_request_context("/"):
        headers.published()
        assert (
            app.process_response(app.make_response(("x", 500))).headers["Cache-Control"]
            == "no-store"
        )


def test_static_files_are_served_compressed_and_for_good(client):
    with client.application.test_request_context("/"):
        url = render_template_string("{{ static_url('portal.css') }}")
    answer = client.get(url, headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in answer.headers
