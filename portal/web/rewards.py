"""The arithmetic of a reward in words, for whoever may know the fine: never for the treasury."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from portal.rewards.kinds import STEP_SENTENCES, Step
from portal.rewards.lifecycle import Reckoned


def arithmetic(found: Reckoned | None) -> list[str]:
    """Return each step of the arithmetic of a reward."""
    return [in_words(step, values) for step, values in found.steps] if found else []


def in_words(step: Step, values: Mapping[str, Fraction]) -> str:
    """Return one step with its numbers, none of them rounded."""
    return str(STEP_SENTENCES[step]) % {name: exact(value) for name, value in values.items()}


def exact(value: Fraction) -> str:
    """Return a sum with its thousands marked and every place that it has, no more."""
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    said = f"{decimal:,f}"
    return said.rstrip("0").rstrip(".") if "." in said else said
