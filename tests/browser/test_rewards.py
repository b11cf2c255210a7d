"""A reward from the receipt page to the counter, in a browser without script, on a phone."""

import secrets

from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.reports.lifecycle import receipt_code
from tests.browser.test_the_road import desk_of  # noqa: F401  a fixture


def test_a_reward_is_claimed_by_the_receipt_code_and_paid_once_by_the_vouchers(
    walker,
    city,
    desk_of,  # noqa: F811
):
    nonce, moment = secrets.token_bytes(16), now()
    city.offered(city.named(nonce=nonce, now=moment), now=moment)
    digits = receipt_code(nonce, keys.in_use().key("receipt-derivation"))
    phone = {"script": False, "width": 390, "language": "en"}
    reporter = walker(**phone)
    reporter.go("/receipt").fill("code", digits)
    reporter.leave_by(reporter.page.locator("main form button"))
    assert "A reward of 9,000 yuan is offered to you." in reporter.text
    reporter.leave_by(reporter.page.locator("#reward form button"))
    code = " ".join(reporter.page.locator("#voucher-code").inner_text().split())
    assert len(code.replace(" ", "")) == 12
    # Staff read on in the language of their profile.
    treasurer = desk_of("treasurer", **phone)
    assert treasurer.page.url.split("?")[0].endswith("/treasury")
    for turn in range(2):
        treasurer.fill("code", code.lower())
        treasurer.leave_by(treasurer.page.locator("form[action*='/treasury/code'] button"))
        if turn:
            assert "不再支付" in treasurer.text
            break
        treasurer.choose("method", "cash").fill("receipt", "118")
        treasurer.leave_by(treasurer.page.locator("form[action*='/treasury/pay'] button"))
        assert "已支付 9,000 元" in treasurer.text
    reporter.go("/receipt/report")
    assert "Your reward of 9,000 yuan was paid." in reporter.text
    assert not reporter.is_too_wide(at=320)
