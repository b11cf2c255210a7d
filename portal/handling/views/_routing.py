"""Why the rules send a case to a group, in words."""

from typing import Any

from flask_babel import gettext as _

from portal.presets.kinds import Preset
from portal.routing.matters import Explanation
from portal.routing.sentences import alarm_sentence, failed_sentence, name_of


def explanation(told: Explanation, preset: Preset, language: str) -> dict[str, Any]:
    """Return group, the rule that decided, those tried before with why each failed, the alarm."""
    tried = []
    for one in told.tried:
        failed = failed_sentence(one, preset, language)
        words = _(failed.message, **failed.values) if failed else told.why.in_language(language)
        tried.append({"id": one.rule_id, "matched": one.matched, "words": words})
    alarm = alarm_sentence(told, preset, language)
    return {
        "to": name_of(preset, told.to, language),
        "rule": told.rule_id,
        "why": told.why.in_language(language),
        "version": told.version,
        "tried": tried,
        "alarm": _(alarm.message, **alarm.values) if alarm else None,
        "fell_back": told.fell_back,
        "excluded": [name_of(preset, code, language) for code in told.excluded],
    }
