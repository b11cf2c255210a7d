"""When people act: staff in the working hours of the calendar, reporters at any time."""

from datetime import date, datetime, timedelta
from random import Random

from portal.clocks.days import days_of, instant
from portal.presets.kinds import Preset

MINUTE = timedelta(minutes=1)


class Hours:
    """Working time of the city, counted in minutes."""

    def __init__(self, preset: Preset) -> None:
        self.zone = preset.limits.zone
        self._spans = preset.limits.working_hours
        self._days = days_of(preset.calendar)
        opened = (instant(date(2026, 1, 5), a, self.zone) for a, _ in self._spans)
        closed = (instant(date(2026, 1, 5), b, self.zone) for _, b in self._spans)
        #: Of one working day.
        self.minutes_a_day = sum(int((b - a) / MINUTE) for a, b in zip(opened, closed, strict=True))

    def after(self, moment: datetime, minutes: float) -> datetime:
        """Return the instant with so many working minutes behind `moment`, inside a span."""
        left = minutes * MINUTE
        day = moment.astimezone(self.zone).date()
        while True:
            if self._days.is_working(day):
                for opens, closes in self._spans:
                    begin = max(instant(day, opens, self.zone), moment)
                    free = instant(day, closes, self.zone) - begin
                    if free > timedelta(0):
                        if left < free:
                            return begin + left
                        left -= free
            day += timedelta(days=1)

    def is_working(self, day: date) -> bool:
        return self._days.is_working(day)


def filing_time(random: Random, day: datetime) -> datetime:
    """Return when in the 24 hours from local midnight `day` somebody reports: mostly by day."""
    hour = random.choices(
        range(24), weights=[2] * 6 + [4, 6, 9, 9, 8, 7, 8] + [7] * 6 + [8, 8, 6, 4, 3]
    )[0]
    return day + timedelta(hours=hour, minutes=random.randrange(60))
