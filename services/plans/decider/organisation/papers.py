"""The papers that changes of an organisation rest on (vi: nghị quyết, quyết định)."""

from datetime import date

from services.plans.decider.texts import needed_prose, prose
from services.plans.events import OfficialNotice
from services.plans.rules import is_notice_number
from services.plans.rules.organisation import NAME_MAX, REASON_MAX
from shared.errors import Rejected


def checked(paper: OfficialNotice, today: date) -> OfficialNotice:
    """Return the paper without blanks around its words. Raises Rejected `paper.…`, `text.too_long`."""
    number = paper.number.strip()
    if not is_notice_number(number):
        raise Rejected("paper.number_malformed", number=number[:80])
    if paper.issued_on > today:
        raise Rejected("paper.issued_in_future", issued_on=str(paper.issued_on), today=str(today))
    return OfficialNotice(
        number=number,
        issued_on=paper.issued_on,
        issuer=needed_prose(paper.issuer, Rejected("paper.issuer_missing", number=number), limit=NAME_MAX),
        text=prose(paper.text, limit=REASON_MAX),
    )
