"""The public holidays of a year, from the list that the package `holidays` carries, as a calendar is opened with."""

from importlib.metadata import version

from services.plans.events import NamedDay
from services.plans.views import SuggestedCalendar

# Labour Code 2019 is in force from 01/01/2021, that of 2012 from 01/05/2013.
_CODES = ((2021, "Bộ luật Lao động 2019, Điều 112"), (2013, "Bộ luật Lao động 2012, Điều 115"))
_OLDEST = "Bộ luật Lao động 1994, Điều 73"
_SWAP = "Ngày nghỉ (thay cho"


def suggested_calendar(year: int) -> SuggestedCalendar:
    """Return the public holidays of Vietnam in the year, those moved to make up for a weekend included.

    Working days that were swapped are no public holidays: the list knows some of these swaps and misses
    others, so all are left out and come in by their notices (vi: hoán đổi ngày làm việc).
    """
    import holidays  # a quarter of a second, for who opens a calendar

    found = holidays.country_holidays("VN", years=year, language="vi")
    return SuggestedCalendar(
        year=year,
        holidays=tuple(
            NamedDay(day=day, name=name) for day, name in sorted(found.items()) if not name.startswith(_SWAP)
        ),
        basis=next((basis for first, basis in _CODES if year >= first), _OLDEST),
        source=f"holidays {version('holidays')}",
    )
