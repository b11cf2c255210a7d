"""Who answers for a unit: six links, each a named post that can be reached, or a gap."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from portal.foundation.addresses import is_mail_address
from portal.foundation.errors import Incomplete
from portal.presets.kinds import Taxonomy, Words
from portal.units.kinds import Gap, Link

#: Characters of a post, a telephone number and a mail address.
POST_MOST, PHONE_MOST, MAIL_MOST = 200, 50, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """From a day on this post answers; an empty one: from that day on nobody does.

    Written down once and never changed: a later one takes its place from its own day on.
    """

    link: Link
    post: str
    phone: str = ""
    email: str = ""
    from_on: date
    #: The first day on which it no longer holds; None: until another is named.
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One link of the chain on a day: the post that answers, or why there is none."""

    link: Link
    post: Words | None
    reach: str
    #: None: the preset names it.
    since: date | None
    until: date | None
    gap: Gap | None
    #: Where mail reaches it; "" where only a telephone does.
    email: str = ""
    #: What the preset calls the post that it names; "" for one named for the unit itself.
    code: str = ""

    @property
    def who(self) -> tuple[str, str]:
        """What tells two standings apart: the post and how to reach it."""
        return (self.post.zh if self.post else "", self.reach)


def check_named(given: Named) -> None:
    """Raise Incomplete naming the field that cannot stand so."""
    if given.post and not (given.phone or given.email):
        raise Incomplete("phone", "post_unreachable")
    if len(given.post) > POST_MOST:
        raise Incomplete("post", "unit_too_long")
    if len(given.phone) > PHONE_MOST:
        raise Incomplete("phone", "unit_too_long")
    if given.email and (len(given.email) > MAIL_MOST or not is_mail_address(given.email)):
        raise Incomplete("email", "unit_email_wrong")
    if given.until_on is not None and given.until_on <= given.from_on:
        raise Incomplete("until_on", "post_ends_before")


def chain(
    named: Iterable[Named],
    taxonomy: Taxonomy,
    day: date,
    *,
    sector: str | None,
    jurisdiction: str | None,
    township: str | None,
) -> tuple[Standing, ...]:
    """Return all links in their order on a day; `named` in the order of writing.

    What was named for the unit itself comes before what the preset names for sector and place.
    """
    latest: dict[Link, Named] = {}
    for one in sorted(named, key=lambda one: one.from_on):  # keeps the order within a day
        if one.from_on <= day:
            latest[one.link] = one
    office = taxonomy.sector_authorities.get(sector or "")
    codes: Mapping[Link, str | None] = {
        Link.AUTHORITY: office,
        Link.DISTRICT: jurisdiction,
        Link.TOWNSHIP: township,
    }
    return tuple(_standing(link, latest.get(link), codes.get(link), taxonomy, day) for link in Link)


def _standing(
    link: Link, own: Named | None, code: str | None, taxonomy: Taxonomy, day: date
) -> Standing:
    if own is not None:
        reach = " · ".join(filter(None, (own.phone, own.email)))
        has_ended = not own.post or (own.until_on is not None and own.until_on <= day)
        post = Words(own.post, own.post) if own.post else None
        gap = Gap.ENDED if has_ended else None
        return Standing(link, post, reach, own.from_on, own.until_on, gap, own.email)
    by_preset = taxonomy.posts.get(code or "")
    if by_preset is None:
        return Standing(link, None, "", None, None, Gap.MISSING)
    return Standing(link, by_preset.name, by_preset.phone, None, None, None, code=code or "")
