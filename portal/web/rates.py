"""How often something was done lately, by one asker or by all, of which nothing is ever written.

An address goes in and a number comes out. In between stands a keyed hash under a key of this
process's memory, which is drawn anew with each window and forgotten after the next: what is held
are counters at places that nobody can lead back to an address, not even with the whole memory of
later. A place may be shared by strangers, so a high count is a reason to ask something, never one
to refuse.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from ipaddress import IPv4Address, ip_address, ip_network
from threading import Lock

from flask import current_app, request

#: What is counted for everybody together.
ALL = b""
#: How many counters a window has: 64 KB, however many people come.
PLACES = 16384
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
#: Neighbours count as one: less is known of each, and a subscriber has many addresses.
PREFIX = {4: 24, 6: 56}


@dataclass(frozen=True, slots=True)
class _Window:
    number: int
    key: bytes
    counts: "array[int]"

    def place(self, subject: bytes) -> int:
        digest = blake2b(subject, key=self.key, digest_size=8).digest()
        return int.from_bytes(digest) % PLACES


class Rates:
    """Counts of one act by subject in a sliding window, in this process's memory alone."""

    def __init__(
        self, window: timedelta, *, entropy: Callable[[int], bytes], workers: int = 1
    ) -> None:
        """Count within `window`; `workers` processes share the visitors evenly among them."""
        self._window, self._entropy, self._workers = window, entropy, workers
        self._lock = Lock()
        self._present = self._past = _Window(-2, b"", array("L"))

    def count(self, subject: bytes, *, now: datetime) -> int:
        """Count the act once more and return how many there were in the window, this one too."""
        with self._lock:
            self._turn(now)
            place = self._present.place(subject)
            self._present.counts[place] += 1
            return self._lately(subject, now)

    def seen(self, subject: bytes, *, now: datetime) -> int:
        """Return how many there were in the window, without counting."""
        with self._lock:
            self._turn(now)
            return self._lately(subject, now)

    def _turn(self, now: datetime) -> None:
        """Begin a window if its time has come, also where the clock was set back."""
        number = (now - EPOCH) // self._window
        if number == self._present.number:
            return
        follows = number == self._present.number + 1
        self._past = self._present if follows else self._empty(number - 1)
        self._present = self._empty(number)

    def _empty(self, number: int) -> _Window:
        return _Window(number, self._entropy(32), array("L", bytes(array("L").itemsize * PLACES)))

    def _lately(self, subject: bytes, now: datetime) -> int:
        """Return this window's count and the part of the last one's that the window still spans."""
        gone = (now - EPOCH) % self._window / self._window
        present, past = (
            window.counts[window.place(subject)] for window in (self._present, self._past)
        )
        return round((present + past * (1 - gone)) * self._workers)


def asker() -> bytes:
    """Return where the request comes from, coarsely: to be handed to `Rates` and nowhere else.

    Behind proxies it is what the outermost of ours saw; whatever stands left of that in the header
    is the visitor's own claim. Where none is told (Tor's door, a proxy that keeps it to itself)
    everybody is one asker, b"?".
    """
    hops = current_app.config["PORTAL_SETTINGS"].proxy_hops or 0
    told = request.remote_addr or ""
    if hops:
        seen = ",".join(request.headers.getlist("X-Forwarded-For")).split(",")
        told = seen[-hops].strip() if len(seen) >= hops else ""
    try:
        address = ip_address(told)
    except ValueError:
        return b"?"
    if address.version == 6 and address.ipv4_mapped:
        address = IPv4Address(address.ipv4_mapped)
    return ip_network((address, PREFIX[address.version]), strict=False).network_address.packed
