"""What the treasury fills in."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import DateField, HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length

from portal.rewards.kinds import METHOD_LABELS
from portal.web.public_forms import one_line

#: More than the code with any separators; less than what would be a burden.
TYPED_MAX = 100
RECEIPT_MAX = 100


class CodeForm(FlaskForm):
    """The code that somebody gives at the counter."""

    code = StringField(
        _l("Code of the voucher"),
        [
            InputRequired(_l("Type the 12 signs that you were given.")),
            Length(max=TYPED_MAX, message=_l("Type the 12 signs, nothing else.")),
        ],
        filters=[one_line],
        description=_l("12 letters and digits, as in 7K4M 2P8X 9R3A. Ask for nothing else."),
    )


class PayForm(FlaskForm):
    """How it is paid."""

    code = HiddenField(filters=[one_line], validators=[Length(max=TYPED_MAX)])
    method = RadioField(
        _l("How it is paid"),
        choices=[SelectChoice(method.value, label) for method, label in METHOD_LABELS.items()],
        validators=[InputRequired(_l("Choose how it is paid."))],
    )
    paid_on = DateField(
        _l("Day on which it is paid"),
        [
            InputRequired(
                _l("Give the day on which it is paid: not before the decision, not later.")
            )
        ],
    )
    receipt = StringField(
        _l("Number of the treasury’s receipt"),
        [
            InputRequired(_l("Give the number of your receipt, 100 characters at most.")),
            Length(
                max=RECEIPT_MAX,
                message=_l("Give the number of your receipt, 100 characters at most."),
            ),
        ],
        filters=[one_line],
        description=_l("No name, no identity number: the ledger holds neither."),
    )
