"""The methods by which a risk gets its colour: factors with listed values, and bands."""

from types import MappingProxyType

from portal.presets.entries import Entry, by_code
from portal.presets.kinds import RISK_COLOURS, Words
from portal.presets.parts.common import words_beside, words_data
from portal.presets.risk_kinds import RiskBand, RiskMethod

_METHOD = "code zh en factors bands"
_FACTOR = "code zh en values"
_VALUE = "value zh en"


def read(entry: Entry) -> RiskMethod:
    """Build a method; its bands go downwards and reach below every product of its values."""
    fields = entry.fields(_METHOD)
    names: dict[str, Words] = {}

    def factor(item: Entry) -> MappingProxyType[float, Words]:
        inner = item.fields(_FACTOR)
        names[inner["code"].code()] = words_beside(item, _FACTOR)
        values: dict[float, Words] = {}
        for choice in inner["values"].items(least=1):
            value = choice.fields(_VALUE)["value"].number(0, 1000)
            if value in values:
                raise choice.fault(f"{value:g} stands here twice", field="value")
            values[value] = words_beside(choice, _VALUE)
        return MappingProxyType(values)

    labels = by_code(fields["factors"].items(least=1), factor)
    bands: list[RiskBand] = []
    for item in fields["bands"].items(least=1):
        band = item.fields("from colour")
        start = band["from"].number(0, 1_000_000)
        if bands and start >= bands[-1].start:
            raise band["from"].fault("must be smaller than the band above it")
        colour = band["colour"].one_of(RISK_COLOURS, "there is no risk colour")
        bands.append(RiskBand(start, colour))
    if bands[-1].start != 0:
        raise fields["bands"].fault("the last band must begin at 0, so that every value has one")
    return RiskMethod(
        code=fields["code"].code(),
        name=words_beside(entry, _METHOD),
        factors=MappingProxyType({code: tuple(values) for code, values in labels.items()}),
        bands=tuple(bands),
        factor_names=MappingProxyType(names),
        labels=labels,
    )


def write(method: RiskMethod) -> dict[str, object]:
    """Return a method as plain data."""
    return {
        "code": method.code,
        **words_data(method.name),
        "factors": [
            {
                "code": code,
                **words_data(method.factor_names[code]),
                "values": [
                    {"value": value, **words_data(method.labels[code][value])} for value in values
                ],
            }
            for code, values in method.factors.items()
        ],
        "bands": [{"from": band.start, "colour": band.colour} for band in method.bands],
    }
