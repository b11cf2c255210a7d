"""Naming who answers for a unit."""

from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import BooleanField, DateField, SelectChoice, SelectField
from wtforms.validators import InputRequired, Optional

from portal.foundation.errors import Incomplete
from portal.handling.forms.base import is_listed, line
from portal.handling.forms.units import reason_words
from portal.units.kinds import LINK_LABELS, Link
from portal.units.lifecycle.chain import MAIL_MOST, PHONE_MOST, POST_MOST
from portal.units.services import Named


class PostForm(FlaskForm):
    """Which post answers, how to reach it, from which day on."""

    link = SelectField(
        _l("Link of the chain"),
        choices=[SelectChoice(link.value, label) for link, label in LINK_LABELS.items()],
        validate_choice=False,
        validators=[InputRequired(_l("Choose an answer.")), is_listed],
    )
    post = line(_l("Post"), _l("The office somebody holds, not a person’s name."), POST_MOST)
    phone = line(_l("Telephone"), longest=PHONE_MOST)
    email = line(_l("Mail address"), longest=MAIL_MOST)
    nobody = BooleanField(_l("Nobody answers from this day on"))
    from_on = DateField(_l("From which day on?"), [InputRequired(_l("Say from which day on."))])
    until_on = DateField(
        _l("First day on which it no longer holds"),
        [Optional()],
        description=_l("Only if it is known already, for example with somebody who stands in."),
    )

    def named(self) -> Named:
        """Return what was typed. Raises Incomplete if neither a post nor its lack is said."""
        post = "" if self.nobody.data else (self.post.data or "").strip()
        if not post and not self.nobody.data:
            raise Incomplete("post", "post_missing")
        day: date = self.from_on.data
        return Named(
            link=Link(self.link.data),
            post=post,
            phone=self.phone.data or "",
            email=self.email.data or "",
            from_on=day,
            until_on=self.until_on.data,
        )

    def point_at(self, lack: Incomplete) -> None:
        """Put the sentence of a refusal at its field."""
        self[lack.field].errors = [*self[lack.field].errors, reason_words(lack.reason)]
