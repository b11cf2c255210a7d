"""The figures of the auditor's page as somebody would write them by hand, straight over tables."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

DAYS = 90
#: Clock by clock from the cache of readings; visit, closing and whole road from the columns.
TIMES = """
WITH cohort AS (
  SELECT * FROM cases WHERE opened_at >= %(start)s AND opened_at < %(end)s AND source <> 'import'
), spans AS (
  SELECT r.clock AS stage, r.started_at AS began, r.stopped_at AS ended,
    r.state IN ('done', 'done_late') AS done,
    r.breached OR coalesce(r.due_at < now(), false) AS late
  FROM clock_readings r JOIN cohort c ON c.id = r.case_id
  WHERE r.episode = 1 AND r.clock IN ('acceptance', 'dispatch', 'sign_for', 'sign_for_urgent',
    'first_response', 'verification', 'verification_major', 'handling_total')
  UNION ALL
  SELECT 'visit', dispatched_at, coalesce(inspected_at, closed_at), inspected_at IS NOT NULL, false
  FROM cohort WHERE dispatched_at IS NOT NULL
  UNION ALL
  SELECT 'closure', concluded_at, closed_at, closed_at IS NOT NULL, false
  FROM cohort WHERE concluded_at IS NOT NULL
  UNION ALL
  SELECT 'whole', r.filed_at, r.answered_at, r.answered_at IS NOT NULL, false
  FROM reports r JOIN cohort c ON c.id = r.origin_case_id
)
SELECT stage, CASE WHEN stage IN ('acceptance', 'sign_for', 'sign_for_urgent')
    THEN floor(extract(epoch FROM coalesce(ended, now()) - began) / 3600)::int
    ELSE (coalesce(ended, now()) AT TIME ZONE 'Asia/Shanghai')::date
       - (began AT TIME ZONE 'Asia/Shanghai')::date END AS units,
  done, ended IS NULL AS waits, late, count(*)
FROM spans GROUP BY 1, 2, 3, 4, 5
"""
WAITING = """
SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date
     - (opened_at AT TIME ZONE 'Asia/Shanghai')::date AS days,
  count(*), count(*) FILTER (WHERE next_due_at < now())
FROM cases WHERE state <> 'closed' AND concluded_at IS NULL GROUP BY 1
"""
COUNTS = """
SELECT count(*), count(accepted_at), count(*) FILTER (WHERE dispatch_count > 0),
  count(*) FILTER (WHERE return_count > 0), count(*) FILTER (WHERE reopen_count > 0),
  count(*) FILTER (WHERE resolution = 'refused'), count(*) FILTER (WHERE resolution = 'rectified'),
  count(*) FILTER (WHERE resolution = 'unfounded'), count(*) FILTER (WHERE concluded_at IS NULL),
  (SELECT count(*) FROM reports WHERE filed_at >= %(start)s AND rated_at IS NOT NULL),
  (SELECT count(*) FROM reports WHERE filed_at >= %(start)s AND satisfied = 'satisfied')
FROM cases WHERE opened_at >= %(start)s AND opened_at < %(end)s AND source <> 'import'
"""
REFUSALS = """
SELECT payload->>'reason', count(*) FROM events
WHERE kind = 'refused' AND at >= %(start)s AND at < %(end)s GROUP BY 1
"""
#: Without payloads, which would be most of the work.
FLOW = """
SELECT kind, at >= %(start)s AS within, count(*) FROM events
WHERE kind IN ('filed', 'opened', 'imported', 'refused', 'transferred_out', 'accident_referred',
  'merged', 'closed', 'reopened', 'split') AND at < %(end)s GROUP BY 1, 2
"""
ENDS = """
SELECT resolution, count(*) FROM cases
WHERE closed_at >= %(start)s AND closed_at < %(end)s GROUP BY 1
"""
LIST = """
SELECT c.number, c.state, c.opened_at, c.accepted_at, c.dispatched_at, c.signed_for_at,
  c.inspected_at, c.concluded_at, c.closed_at, c.next_due_at
FROM cases c WHERE c.state <> 'closed' AND c.concluded_at IS NULL
ORDER BY c.opened_at DESC, c.id LIMIT 25
"""


def lines(connection: Any) -> Iterable[tuple[Any, ...]]:
    """Return every figure as a row: medians and 90th percentiles with open cases counted."""
    end = datetime.now(UTC)
    values = {"start": end - timedelta(days=DAYS), "end": end}
    counts: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    late: dict[str, int] = defaultdict(int)
    for stage, units, done, _waits, is_late, number in connection.execute(TIMES, values):
        counts[stage][max(units, 0)][0 if done else 1] += number
        late[stage] += number if is_late else 0
    for stage, by_time in counts.items():
        yield stage, quantile(by_time, 0.5), quantile(by_time, 0.9), late[stage]
    for query in (WAITING, COUNTS, REFUSALS, FLOW, ENDS, LIST):
        yield from connection.execute(query, values).fetchall()


def quantile(by_time: dict[int, list[int]], reached: float) -> int | None:
    """Return the Kaplan–Meier quantile from counts of (done, open) by time."""
    at_risk, share = sum(sum(pair) for pair in by_time.values()), 1.0
    for moment in sorted(by_time):
        done, still_open = by_time[moment]
        if done:
            share *= 1 - done / at_risk
            if share <= 1 - reached:
                return moment
        at_risk -= done + still_open
    return None
