"""Who may do what with campaigns, inspections and trainings, and how large they may be."""

import re
from decimal import Decimal

from services.plans.rules.plan import CANCEL_ROLES, DECIDE_ROLES, DRAFT_ROLES, PART_ROLES
from shared.rights import Right

# Phòng Nội vụ prepares and records, the chair launches and extends, units answer for themselves.
PREPARE = Right(roles=DRAFT_ROLES)
DECIDE = Right(roles=DECIDE_ROLES)
END = Right(roles=CANCEL_ROLES)
ANSWER = Right(roles=DRAFT_ROLES, unit_roles=PART_ROLES)  # Phòng Nội vụ also for a unit

LINES_MAX = 50  # contents, figures, members of a team, recommendations at a time
RECOMMENDATIONS_MAX = 500  # of one inspection
PERSONS_MAX = 100_000
LINE_MAX = 500  # characters of a title or of one item of a list
RESPONSE_TERM_MAX = 250  # working days; a year
_FIGURE_MAX = Decimal(10) ** 15
_DECIMALS_MAX = 4
# Shorter words are taken by addresses of the console (`/dot-thi-dua/…/moi`).
_ID = re.compile(r"[a-z0-9][a-z0-9-]{3,79}")


def is_activity_id(text: str) -> bool:
    """Return whether the text may be the id of a campaign, an inspection or a training: `[a-z0-9-]`, 4–80 long."""
    return _ID.fullmatch(text) is not None


def is_figure(value: Decimal) -> bool:
    """Return whether the value is one that people count in: not negative, below 10^15, at most four decimals."""
    exponent = value.as_tuple().exponent
    return value.is_finite() and 0 <= value < _FIGURE_MAX and isinstance(exponent, int) and exponent >= -_DECIMALS_MAX
