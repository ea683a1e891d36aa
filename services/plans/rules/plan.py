"""Who may do what in plans, and when tasks are due: data and pure functions."""

import re
from datetime import date, timedelta

from services.plans.events import DueRule, Repeat
from services.plans.rules.calendar import Due, WorkingDays, last_working_day
from shared.types import UNIT_ROLES, Role

# Who may ask for what, by the district's procedure: Phòng Nội vụ prepares, the chair decides, units report.
ORGANISATION_ROLES = frozenset({Role.ADMIN, Role.HOME_AFFAIRS})
DRAFT_ROLES = frozenset({Role.HOME_AFFAIRS})
DECIDE_ROLES = frozenset({Role.DISTRICT_CHAIR})
CANCEL_ROLES = frozenset({Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR})
CLOSE_ROLES = frozenset({Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR})
EXTEND_ROLES = frozenset({Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR})
PART_ROLES = UNIT_ROLES
RECOMPUTE_ROLES = frozenset({Role.POLICY})

TASKS_MAX = 500
EVENT_BYTES_MAX = 250_000  # of one event as JSON: a message of the log holds 262,144, its headers too
CLOSE_FROM_MONTH = 12  # a year is ended in its last month at the earliest
ATTACHMENTS_MAX = 5  # of one report
YEARS = range(2000, 2101)
TEXT_MAX = 4000
_TOKEN = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
DOCUMENT_NUMBER_MAX = 46  # characters
_NUMBER = re.compile(r"\d{1,4}/[A-ZĐ][\wĐđ.\-]{0,40}")


def is_token(text: str) -> bool:
    """Return whether the text may stand in a subject: `[a-z0-9-]`."""
    return _TOKEN.fullmatch(text) is not None


def is_document_number(text: str) -> bool:
    """Return whether the text is the number of a document, as "30/KH-UBND" (NĐ 30/2020, Phụ lục I)."""
    return _NUMBER.fullmatch(text) is not None


def quarter_of_month(month: int) -> int:
    """Return the quarter of a month from 1 to 12."""
    return (month + 2) // 3


def is_in_quarter(month: int, quarter: int) -> bool:
    """Return whether there is such a month, and it is one of the quarter."""
    return 1 <= month <= 12 and quarter_of_month(month) == quarter


def due_date(
    year: int, quarter: int, stated: date | None, days: WorkingDays, *, month: int | None = None
) -> tuple[Due, DueRule]:
    """Return the due date and its rule: the stated day, else the last working day of the month or the quarter (1–4).

    Documents state a month or a quarter more often than a day; the last working day of it is our default (domain
    reference, 8.5). A stated day stays as it is also where it is a day off: it is no term that was counted.
    """
    if stated is not None:
        return Due(due_on=stated, reason=None), DueRule.DATE
    first, last, rule = (month, month, DueRule.MONTH) if month else (quarter * 3 - 2, quarter * 3, DueRule.QUARTER)
    first_of_next = date(year + last // 12, last % 12 + 1, 1)
    return last_working_day(days, date(year, first, 1), first_of_next - timedelta(days=1)), rule


def terms(quarter: int, month: int | None, repeats: Repeat | None) -> list[tuple[int, int | None]]:
    """Return the quarter and month of each task that a row stands for, from its own term to the end of the year."""
    match repeats:
        case Repeat.MONTHLY:
            return [(quarter_of_month(one), one) for one in range(month or quarter * 3 - 2, 13)]
        case Repeat.QUARTERLY if month:
            return [(quarter_of_month(one), one) for one in range(month, 13, 3)]
        case Repeat.QUARTERLY:
            return [(one, None) for one in range(quarter, 5)]
        case _:
            return [(quarter, month)]
