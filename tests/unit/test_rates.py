"""Counting by asker: what is counted, what is forgotten, and that no address can be found again."""

import gc
import os
import sys
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from types import SimpleNamespace

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from portal.web.rates import ALL, PLACES, Rates, asker

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)


def made(**more):
    return Rates(TEN, entropy=os.urandom, **more)


def test_the_window_slides_and_forgets():
    rates = made()
    assert [rates.count(b"a", now=NOON) for _ in range(10)] == list(range(1, 11))
    assert rates.seen(b"a", now=NOON + TEN) == 10
    assert rates.seen(b"a", now=NOON + TEN * 1.5) == 5
    assert rates.seen(b"a", now=NOON + TEN * 2) == 0


def test_all_are_counted_together_and_workers_share_them():
    rates = made(workers=4)
    assert [rates.count(ALL, now=NOON) for _ in range(3)] == [4, 8, 12]


def test_a_clock_that_was_set_back_or_far_on_begins_anew():
    rates = made()
    rates.count(b"a", now=NOON)
    for moment in (NOON - timedelta(days=1), NOON + timedelta(days=1)):
        assert rates.seen(b"a", now=moment) == 0
        assert rates.count(b"a", now=moment) == 1


@given(st.lists(st.integers(0, 3000), max_size=40))
@example([976, 976, 976, 976, 1575])
def test_a_burst_is_counted_half_at_its_height_and_nothing_beyond_two_windows(seconds):
    """Of what happens within ten minutes half falls into one window at least."""
    rates, counted = made(), []
    for second in sorted(seconds):
        now = NOON + timedelta(seconds=second)
        counted.append((second, rates.count(b"a", now=now)))
        lately = [count for other, count in counted if other > second - 600]
        assert max(lately) >= len(lately) / 2
        assert counted[-1][1] <= sum(other > second - 1200 for other, _ in counted)


def whole(thing, seen):
    """All bytes that an object leads to, by way of what it refers to."""
    if id(thing) in seen or isinstance(thing, type(sys) | type):
        return b""
    seen.add(id(thing))
    own = bytes(thing) if isinstance(thing, bytes | bytearray) else repr(thing).encode()
    return own + b"".join(whole(other, seen) for other in gc.get_referents(thing))


@pytest.mark.promise(2)
def test_memory_holds_no_address_and_forgets_its_keys():
    keys = []

    def entropy(size):
        keys.append(os.urandom(size))
        return keys[-1]

    rates = Rates(TEN, entropy=entropy)
    address = os.urandom(7)
    rates.count(address, now=NOON)
    held = whole(rates._present, set()) + whole(rates._past, set())
    assert keys[-1] in held
    assert address not in held
    assert blake2b(address, digest_size=8).digest() not in held
    for number in (1, 2):
        rates.count(b"b", now=NOON + TEN * number)
    held = whole(rates._present, set()) + whole(rates._past, set())
    assert all(key not in held for key in keys[:2])
    assert keys[-1] in held
    # The same asker stands somewhere else in the next window.
    places = {blake2b(address, key=key, digest_size=8).digest() for key in keys}
    assert len(places) == len(keys) >= 4
    assert len(rates._present.counts) == PLACES


@pytest.mark.parametrize(
    ("hops", "remote", "forwarded", "expected"),
    [
        (0, "203.0.113.77", "198.51.100.1", "cb007100"),
        (0, "::ffff:203.0.113.77", None, "cb007100"),
        (0, "2001:db8:aa:bbcc:1::9", None, "20010db800aabb00" + "00" * 8),
        (1, "127.0.0.1", "198.51.100.1, 203.0.113.77", "cb007100"),
        (2, "127.0.0.1", "198.51.100.1, 203.0.113.77, 10.0.0.1", "cb007100"),
        (1, "127.0.0.1", None, None),
        (2, "127.0.0.1", "203.0.113.77", None),
        (1, "127.0.0.1", "unknown", None),
        (0, None, None, None),
    ],
)
def test_only_our_own_proxies_are_believed(hops, remote, forwarded, expected):
    app = Flask("probe")
    app.config["PORTAL_SETTINGS"] = SimpleNamespace(proxy_hops=hops)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": remote}):
        assert asker() == (bytes.fromhex(expected) if expected else b"?")
