"""Growing quarantine: an incident while many records are refused, closed when few are."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tracking.ports import LivePush
from tracking.services.operations.incidents import close_incident, open_incident

CODE, SUBJECT = "quarantine_growing", "quarantine"
WITHIN = timedelta(minutes=15)
# Between the two numbers the incident stays as it is, so that it does not open and close by turns.
GROWS_FROM, CALM_BELOW = 20, 5


def check_quarantine(live: LivePush, arrivals: Iterable[datetime], now: datetime) -> int:
    """Open or close the incident; return how many records were quarantined within the last 15 minutes.

    `arrivals` are the arrival times of the newest quarantined records, in any order. Safe to repeat.
    """
    recent = sum(now - WITHIN < moment for moment in arrivals)
    if recent >= GROWS_FROM:
        why = f"{recent} records or more were refused within 15 minutes"
        open_incident(live, CODE, SUBJECT, why, now)
    elif recent < CALM_BELOW:
        close_incident(live, CODE, SUBJECT, now)
    return recent
