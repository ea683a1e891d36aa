"""What pages say of a district that ends or has ended: on what paper, and who goes on with which part of its work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fastapi import Request

from services.plans.events import District, OfficialNotice
from services.plans.views import ListOrganisations, OrganisationList
from services.portal.backend import ask_or_none
from services.portal.format import day as day_text
from services.portal.pages.reach import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The end of a district in words, empty where none was decided; `is_over` once its last day has passed."""

    notice: str = ""
    is_over: bool = False

    def leaves(self, rights: Mapping[str, bool]) -> dict[str, bool]:
        """Return what may still be done: nothing once the district is over, for every service refuses it then."""
        return {name: allowed and not self.is_over for name, allowed in rights.items()}


async def ending_of(request: Request, reach: Reach, district: str, unit_id: str | None = None) -> Ending:
    """Return the end of the district for a page about one of its units, or about the district as a whole.

    Nothing is said while the district's organisation cannot be told: what the page shows does not depend on it.
    """
    answer = await ask_or_none(request, ListOrganisations(), OrganisationList)
    places = answer.view.organisations if answer else ()
    found = next((one for one in places if one.district == district), None)
    if found is None:
        return Ending()
    return Ending(notice=ended_words(found, reach.today, unit_id), is_over=not found.is_open(reach.today))


def paper_words(paper: OfficialNotice | None) -> str:
    """Return the paper in one line, empty where there is none."""
    if paper is None:
        return ""
    about = f": {paper.text}" if paper.text else ""
    return f"{paper.number} ngày {day_text(paper.issued_on)} của {paper.issuer}{about}"


def ended_words(organisation: District, on: date, unit_id: str | None = None) -> str:
    """Return that the district ends or has ended, on what paper and who goes on; empty where no end was decided yet."""
    if organisation.valid_to is None or (organisation.is_open(on) and not organisation.successors):
        return ""
    basis = f" theo {paper_words(organisation.paper)}" if organisation.paper else ""
    words = f"{organisation.name} hoạt động đến hết ngày {day_text(organisation.valid_to)}{basis}."
    if not organisation.is_open(on):
        words += " Ở đây chỉ còn xem lại; không nhập, không quyết định gì mới."
    if unit_id is not None:
        one = organisation.successor_of(unit_id)
        return f"{words} Tiếp nhận phần việc: {one.name}." if one else words
    taken = [
        f"{one.name} ({', '.join(unit.name for unit in one.takes) or 'phần việc chung của quận'})"
        for one in organisation.successors
    ]
    return f"{words} Tiếp nhận: {'; '.join(taken)}." if taken else words
