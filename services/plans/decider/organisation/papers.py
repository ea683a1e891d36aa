"""The papers that changes of an organisation rest on (vi: nghị quyết, quyết định)."""

from datetime import date

from services.plans.events import OfficialNotice
from services.plans.rules import is_notice_number
from services.plans.rules.organisation import NAME_MAX, REASON_MAX
from shared.errors import Rejected


def checked(paper: OfficialNotice, today: date) -> OfficialNotice:
    """Return the paper without blanks around its words. Raises Rejected `paper.…`, `text.too_long`."""
    number, issuer, text = paper.number.strip(), paper.issuer.strip(), paper.text.strip()
    if not is_notice_number(number):
        raise Rejected("paper.number_malformed", number=number[:80])
    if paper.issued_on > today:
        raise Rejected("paper.issued_in_future", issued_on=str(paper.issued_on), today=str(today))
    if not issuer:
        raise Rejected("paper.issuer_missing", number=number)
    for words, limit in ((issuer, NAME_MAX), (text, REASON_MAX)):
        if len(words) > limit:
            raise Rejected("text.too_long", limit=limit)
    return OfficialNotice(number=number, issued_on=paper.issued_on, issuer=issuer, text=text)
