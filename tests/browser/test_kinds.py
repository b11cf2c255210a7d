"""The kind by a word while it is typed: narrower, by keys alone, and with the server gone."""


def test_kinds_narrow_while_a_word_is_typed_and_stay_whole_when_nothing_answers(walker):
    reporter = walker(language="en", width=390)
    page = reporter.go("/report?lang=en").fill("text", "电").page
    status = page.locator("[data-find-status]")
    page.locator("#sought").press_sequentially("elevater")
    status.filter(has_text="fit").wait_for()
    first = page.locator("[data-find-open] input").nth(1)
    assert first.get_attribute("value") == "special.elevator"
    assert page.locator("[name=category]").count() > 60  # none is lost
    assert reporter.violations() == []
    page.locator("#sought").press("Enter")  # looks, and does not send
    page.locator("#sought").press("Tab")
    assert page.locator("button[name=find]").evaluate("e => e === document.activeElement")
    first.check()
    page.route("**/report/kinds*", lambda route: route.abort())
    page.locator("#sought").fill("wages")
    page.wait_for_timeout(600)
    assert first.is_checked()
    page.unroute("**/report/kinds*")
    page.locator("#sought").fill("wage")
    page.locator("[data-find-open] [value='elsewhere.wages']").wait_for()
    assert page.locator("[value='special.elevator']").is_visible()  # what is chosen stays in view
    assert not reporter.is_too_wide()
