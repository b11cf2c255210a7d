"""Whether a report is about a published case: asked before sending, where there is one like it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from portal.filing.views.drafts import keep
from portal.filing.views.places import where
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.measures.similar import Reported, Similar, similar_cases
from portal.presets.kinds import Preset
from portal.web.language import current
from portal.web.marks import category_name, place_name

#: In a draft: what was chosen on a page before sending that could not be sent yet.
SAME_AS = "same_as"
#: Characters of what is offered.
ID_LENGTH = 36


def offered(draft: Mapping[str, Any], preset: Preset) -> Sequence[Similar]:
    """Return the published cases that the draft may be about; none without kind and district."""
    category = preset.taxonomy.categories.get(draft.get("category") or "")
    place = where(draft, preset) if category else None
    if category is None or place is None or place.district is None:
        return ()
    reported = Reported(
        category=category,
        district=place.district,
        town=place.town,
        text=draft.get("text") or "",
        place=draft.get("place") or "",
    )
    return similar_cases(db.session(), preset, reported, now=now())


def shown(draft: Mapping[str, Any], form: Any, preset: Preset) -> list[dict[str, Any]]:
    """Return them as the page lists them: kind, township and month, as they were published."""
    language, said = current(), form.same_as.data or draft.get(SAME_AS)
    return [
        {
            "value": str(one.id),
            "is_chosen": str(one.id) == said,
            "what": category_name(one.category, preset, language),
            "where": place_name(one.jurisdiction, one.township, preset, language),
            "month": one.published_on,
        }
        for one in offered(draft, preset)
    ]


def chosen(draft: Mapping[str, Any], form: Any, preset: Preset) -> tuple[UUID, ...] | None:
    """Return the cases of which the reporter says that it is one; () where it is none.

    None: what was sent is not among those offered, which is said on the form. It is the same for
    a case that is not published, for none at all and for anything else.
    """
    wanted = form.same_as.data or ""
    if not wanted:
        return ()
    for one in offered(draft, preset):
        if str(one.id) == wanted:
            return one.cases
    form.same_as.data = ""
    form.same_as.errors = [
        _("What you chose is not in this list any more. Choose anew, or send the report as it is.")
    ]
    return None


def with_choice(nonce: bytes, draft: dict[str, Any], form: Any) -> dict[str, Any]:
    """Return the draft with what was chosen: kept where the report could not be sent yet."""
    said = (form.same_as.data or "")[:ID_LENGTH]
    if said == draft.get(SAME_AS, ""):
        return draft
    # The refused sending holds the draft's lock to its end, and nothing else that is kept. Once it
    # is free another sending of the same form may go through first.
    db.session.rollback()
    keep(nonce, {SAME_AS: said}, unless_sent=True)
    return {**draft, SAME_AS: said}
