"""The sentences about clocks, as message ids for the catalogue (`pybabel extract -k _N`)."""

from portal.foundation.catalogue import _N

# Time left
LEFT_WORKING_DAY = _N("1 working day left")
LEFT_WORKING_DAYS = _N("%(count)s working days left")
LEFT_DAY = _N("1 day left")
LEFT_DAYS = _N("%(count)s days left")
LEFT_HOURS = _N("%(hours)s h %(minutes)s min left")
LEFT_MINUTES = _N("%(minutes)s min left")
DUE_TODAY = _N("Due today")
LATE_WORKING_DAY = _N("1 working day late")
LATE_WORKING_DAYS = _N("%(count)s working days late")
LATE_DAY = _N("1 day late")
LATE_DAYS = _N("%(count)s days late")
LATE_HOURS = _N("%(hours)s h %(minutes)s min late")
LATE_MINUTES = _N("%(minutes)s min late")
CLOCK_PAUSED = _N("Clock paused")
CLOCK_DONE = _N("Clock done")
CLOCK_NOT_STARTED = _N("Clock not started")
COUNTING = _N("Day %(count)s since it was filed")

# States
STATE_NOT_STARTED = _N("Not started")
STATE_RUNNING = _N("Running")
STATE_PAUSED = _N("Paused")
STATE_DONE = _N("Done in time")
STATE_DONE_LATE = _N("Done late")
STATE_OVERDUE = _N("Overdue")
STATE_CANCELLED = _N("Ended without being done")

# Clocks that are not limits
NAME_CHAIN = _N("Whole road")
NAME_ITEM = _N("Task")

# Why
LIMIT_MINUTE = _N("The limit is 1 minute from %(start)s.")
LIMIT_MINUTES = _N("The limit is %(value)s minutes from %(start)s.")
LIMIT_HOUR = _N("The limit is 1 hour from %(start)s; nights and holidays count.")
LIMIT_HOURS = _N("The limit is %(value)s hours from %(start)s; nights and holidays count.")
LIMIT_WORKING_HOUR = _N("The limit is 1 working hour from %(start)s.")
LIMIT_WORKING_HOURS = _N("The limit is %(value)s working hours from %(start)s.")
LIMIT_WORKING_DAY = _N("The limit is 1 working day from %(start)s; that day does not count.")
LIMIT_WORKING_DAYS = _N(
    "The limit is %(value)s working days from %(start)s; that day does not count."
)
LIMIT_DAY = _N("The limit is 1 day from %(start)s; that day does not count.")
LIMIT_DAYS = _N("The limit is %(value)s days from %(start)s; that day does not count.")
LIMIT_SAME_DAY = _N("The limit is the same day: %(start)s.")
LIMIT_MONTH = _N("The limit is 1 month from %(start)s; that day does not count.")
LIMIT_MONTHS = _N("The limit is %(value)s months from %(start)s; that day does not count.")
SET_DAY = _N("%(day)s was set as the last day.")
EXTENDED_TO = _N("On %(at)s the time was extended to %(day)s.")
EXTENDED_MINUTES = _N("On %(at)s the time was extended by %(value)s min.")
EXTENDED_HOURS = _N("On %(at)s the time was extended by %(value)s h.")
EXTENDED_WORKING_HOURS = _N("On %(at)s the time was extended by working hours: %(value)s.")
EXTENDED_WORKING_DAYS = _N("On %(at)s the time was extended by working days: %(value)s.")
EXTENDED_DAYS = _N("On %(at)s the time was extended by days: %(value)s.")
EXTENDED_MONTHS = _N("On %(at)s the time was extended by months: %(value)s.")
CHAIN_RUNS = _N(
    "Runs from %(start)s until the reporter has the answer; it never pauses and never starts over."
)
MADE_UP = _N("Worked although at a weekend: %(days)s.")
LEFT_OUT_WEEKENDS = _N("Left out: weekends, %(count)s days (%(days)s).")
LEFT_OUT_HOLIDAY = _N("Left out: %(name)s (%(days)s).")
LEFT_OUT_PAUSE = _N("Left out: days of the pause (%(days)s).")
PAUSED_UNTIL = _N("Paused from %(start)s to %(end)s: %(reason)s.")
PAUSED_SINCE = _N("Paused since %(start)s: %(reason)s.")
PAUSE_NOT_COUNTED = _N(
    "The pause from %(start)s does not count: its reason is not among the listed ones."
)
IF_RESUMED = _N("If the pause ended now, it would be due at %(due)s.")
ROLLED = _N("The last day would be %(from)s, which is a rest day; it moves to %(to)s.")
DUE_END_OF = _N("It ends with the last minute of %(day)s.")
DUE_AT = _N("It is due at %(due)s.")
PROVISIONAL = _N(
    "Provisional: the holiday notice for %(year)s is not out yet. Holidays are taken from the"
    " standing regulation; the date is worked out again when the notice is loaded."
)
STRICTER = _N("Of two limits for this clock the stricter holds.")
RECORDED = _N("The history holds this breach with its date of then; no later rule changes it.")
POLICY = _N("Version %(version)s of the time limits, in force when the clock started.")
VISIT_TOLD_LATE = _N(
    "A visit that is recorded when the limit has passed counts as late, whatever hour it names."
)
STOPPED = _N("Stopped on %(at)s.")

#: All of them, for a test that each has its Chinese.
MESSAGES: tuple[str, ...] = tuple(
    value for name, value in list(globals().items()) if name.isupper() and isinstance(value, str)
)
