"""Names in the reader's language for the codes of an explanation or a finding."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.presets.kinds import HAZARD_LEVELS, Preset
from portal.routing.matters import Explanation, Tried
from portal.routing.words import ALARMS, FAILED, joined


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message id of the catalogue and the values for its placeholders."""

    message: str
    values: Mapping[str, str]


def name_of(preset: Preset, code: str, language: str) -> str:
    """Return the name behind a code of the preset, else the code itself.

    The head of a category (`fire`) stands for all below it and is named by their sectors.
    """
    taxonomy = preset.taxonomy
    if code in taxonomy.categories:
        return taxonomy.categories[code].name.in_language(language)
    if code in taxonomy.jurisdictions:
        return taxonomy.jurisdictions[code].name.in_language(language)
    for group in preset.city.groups:
        if group.code == code:
            return group.name.in_language(language)
    for named in (taxonomy.sectors, taxonomy.report_kinds, taxonomy.channels):
        if code in named:
            return named[code].in_language(language)
    below = [item for item in taxonomy.categories.values() if item.code.startswith(f"{code}.")]
    sectors = dict.fromkeys(taxonomy.sectors[item.sector].in_language(language) for item in below)
    return joined(list(sectors), language) or code


def failed_sentence(
    tried: Tried, preset: Preset, language: str, levels: Mapping[str, str] | None = None
) -> Sentence | None:
    """Return why a tried rule did not decide, or None if it did.

    `levels` holds the shown names of the hazard levels, which are no words of the preset.
    """
    if tried.failed is None:
        return None

    def named(code: str) -> str:
        if tried.failed in ("level_differs", "level_missing") and code in HAZARD_LEVELS:
            return (levels or {}).get(code, code)
        return name_of(preset, code, language)

    if tried.failed.startswith("group_"):
        values = {"group": named(tried.wanted[0])}
    elif tried.failed == "hours_differ":
        values = {"wanted": "–".join(tried.wanted), "had": tried.had}
    else:
        values = {
            "wanted": joined([named(code) for code in tried.wanted], language),
            "had": named(tried.had) if tried.had else "",
        }
    return Sentence(FAILED[tried.failed], values)


def alarm_sentence(explanation: Explanation, preset: Preset, language: str) -> Sentence | None:
    """Return what must be put right, or None."""
    if explanation.alarm is None:
        return None
    group = name_of(preset, explanation.alarm_group, language)
    return Sentence(ALARMS[explanation.alarm], {"group": group})
