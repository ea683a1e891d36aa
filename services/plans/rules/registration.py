"""Who may do what with registrations, which titles there are, and what a thing registered must say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from services.plans.commands import NewRegistrationItem
from services.plans.events import Group, RegistrationKind, TitleSubject, Unit, UnitKind
from services.plans.rules.calendar import WorkingDays, next_working_day, working_days_between
from services.plans.views import ItemLine
from shared.errors import Rejected
from shared.text import fold, nfc
from shared.types import UNIT_ROLES, Actor, Role

# Who reads what a whole district registers, with the persons in it; a unit's people read their own.
REGISTRATION_READ_ROLES = (
    Role.HOME_AFFAIRS,
    Role.DISTRICT_CHAIR,
    Role.COUNCIL_SECRETARY,
    Role.CITY_BOARD,
    Role.CITY_CHAIR,
    Role.AUDITOR,
)
# "Các cơ quan, ban, ngành, đoàn thể quận; UBND các phường": not the bodies that only decide, nor enterprises, which may
# register all the same.
REGISTERING_KINDS = frozenset(
    {
        UnitKind.GOVERNMENT,
        UnitKind.PARTY,
        UnitKind.MASS_ORGANISATION,
        UnitKind.PUBLIC_SERVICE,
        UnitKind.ARMED,
        UnitKind.VERTICAL,
        UnitKind.WARD,
    }
)
REGISTERING_UNITS_MAX = 1000  # of one round: its event must fit into one message
ITEMS_MAX = 500  # of one registration
AUTHORS_MAX = 10  # of one initiative
REGISTRATION_CHARACTERS_MAX = 100_000  # of all items of a registration: a command takes 512 KiB
ITEM_NAME_MAX = 300
ITEM_WORD_MAX = 200  # position, author, field, place
ITEM_EFFECT_MAX = 1000
REGISTRATION_REASON_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredTitle:
    """A title or form of commendation that may be registered; the dates are those of its law, both inclusive."""

    code: str
    name: str
    subjects: tuple[TitleSubject, ...]
    source: str
    valid_from: date
    valid_to: date


_INDIVIDUAL = (TitleSubject.INDIVIDUAL,)
_COLLECTIVE = (TitleSubject.COLLECTIVE,)
_BOTH = (TitleSubject.INDIVIDUAL, TitleSubject.COLLECTIVE)
_R2017 = (date(2017, 10, 1), date(2023, 12, 31))

# Luật Thi đua, khen thưởng 2003 as amended 2005 and 2013, with NĐ 91/2017. The codes are those of nominations, so
# that what was registered can be held against what is proposed.
TITLES: Sequence[RegisteredTitle] = tuple(
    RegisteredTitle(code=code, name=name, subjects=subjects, source=source, valid_from=_R2017[0], valid_to=_R2017[1])
    for code, name, subjects, source in (
        ("LDTT", "Lao động tiên tiến", _INDIVIDUAL, "Luật TĐKT Đ24; NĐ 91/2017 Đ10"),
        ("CSTDCS", "Chiến sĩ thi đua cơ sở", _INDIVIDUAL, "Luật TĐKT Đ23; NĐ 91/2017 Đ9 k3"),
        ("CSTDCT", "Chiến sĩ thi đua thành phố", _INDIVIDUAL, "Luật TĐKT Đ22; NĐ 91/2017 Đ9 k2"),
        ("CSTDTQ", "Chiến sĩ thi đua toàn quốc", _INDIVIDUAL, "Luật TĐKT Đ21; NĐ 91/2017 Đ9 k1"),
        ("TTLDTT", "Tập thể lao động tiên tiến", _COLLECTIVE, "Luật TĐKT Đ28"),
        ("TTLDXS", "Tập thể lao động xuất sắc", _COLLECTIVE, "Luật TĐKT Đ27"),
        ("CTD_TINH", "Cờ thi đua của UBND thành phố", _COLLECTIVE, "Luật TĐKT Đ26; NĐ 91/2017 Đ12"),
        ("CTD_CP", "Cờ thi đua của Chính phủ", _COLLECTIVE, "Luật TĐKT Đ25; NĐ 91/2017 Đ11"),
        ("KDCVH", "Khu dân cư văn hóa", _COLLECTIVE, "Luật TĐKT Đ29; NĐ 122/2018"),
        ("GK_HUYEN", "Giấy khen của Chủ tịch UBND quận", _BOTH, "Luật TĐKT Đ74; NĐ 65/2014 Đ25"),
        ("BK_TINH", "Bằng khen của Chủ tịch UBND thành phố", _BOTH, "Luật TĐKT Đ72; NĐ 91/2017 Đ39"),
        ("BK_TTG", "Bằng khen của Thủ tướng Chính phủ", _BOTH, "Luật TĐKT Đ71; NĐ 91/2017 Đ38"),
        ("HCLD_3", "Huân chương Lao động hạng Ba", _BOTH, "Luật TĐKT Đ44; NĐ 91/2017 Đ24"),
    )
)

# What each kind must say, and what it may; the name everything must have.
_REQUIRED: Mapping[RegistrationKind, frozenset[str]] = {
    RegistrationKind.TITLE: frozenset({"subject", "title"}),
    RegistrationKind.INITIATIVE: frozenset({"authors", "effect"}),
    RegistrationKind.MOVEMENT: frozenset({"effect"}),
    RegistrationKind.MODEL: frozenset({"field", "place", "effect"}),
}
_OPTIONAL: Mapping[RegistrationKind, frozenset[str]] = {
    RegistrationKind.TITLE: frozenset({"position"}),
    RegistrationKind.INITIATIVE: frozenset(),
    RegistrationKind.MOVEMENT: frozenset({"starts_on", "ends_on"}),
    RegistrationKind.MODEL: frozenset(),
}
_MISSING = {
    "subject": "registration.subject_missing",
    "title": "registration.title_missing",
    "authors": "registration.authors_missing",
    "field": "registration.field_missing",
    "place": "registration.place_missing",
    "effect": "registration.effect_missing",
}
_FIELDS = ("subject", "title", "position", "authors", "field", "place", "effect", "starts_on", "ends_on")
_LENGTHS = {
    "name": ITEM_NAME_MAX,
    "position": ITEM_WORD_MAX,
    "field": ITEM_WORD_MAX,
    "place": ITEM_WORD_MAX,
    "effect": ITEM_EFFECT_MAX,
}


@lru_cache  # asked for each of a file's thousands of rows
def titles_of(year: int) -> Mapping[str, RegisteredTitle]:
    """Return the titles that may be registered for the year, by code; none where no law of ours is in force then."""
    day = date(year, 12, 31)  # titles of a year are given at its end
    return MappingProxyType({one.code: one for one in TITLES if one.valid_from <= day <= one.valid_to})


def last_day_in_time(days: WorkingDays, closes_on: date) -> date:
    """Return the last day in time: a term that would end on a day off ends on the next working day.

    (Civil Code 2015, article 148.5.)
    """
    return next_working_day(days, closes_on).due_on


def registration_lateness(days: WorkingDays, closes_on: date, submitted_on: date) -> tuple[bool, int]:
    """Return whether what came on the day is late, and by how many working days.

    0 days and late is what came on a day off after the last day.
    """
    due_on = last_day_in_time(days, closes_on)
    return submitted_on > due_on, max(0, working_days_between(days, due_on, submitted_on))


def registering_units(units: Iterable[Unit], on: date) -> list[Unit]:
    """Return the units that are asked to register where none is named: those of the kinds that do, open on the day."""
    return [unit for unit in units if unit.kind in REGISTERING_KINDS and unit.is_open(on)]


def group_of_unit(unit_id: str, groups: Iterable[Group]) -> str | None:
    """Return the group that the unit is a member of."""
    return next((group.group_id for group in groups if unit_id in group.members), None)


def reads_registrations(actor: Actor, district: str, unit_id: str | None, on: date) -> bool:
    """Return whether the actor reads in full what the unit registers; with None, what the whole district does."""
    if actor.has(*REGISTRATION_READ_ROLES, on=on, district=district):
        return True
    return unit_id is not None and actor.has(*UNIT_ROLES, on=on, district=district, unit=unit_id)


def cleaned_item(item: NewRegistrationItem) -> NewRegistrationItem:
    """Return the item in NFC, without outer and double blanks, an author once."""
    authors = dict.fromkeys(filter(None, map(_line, item.authors)))
    return replace(
        item,
        name=_line(item.name),
        title=item.title.strip(),
        position=_line(item.position),
        authors=tuple(authors),
        field=_line(item.field),
        place=_line(item.place),
        effect=nfc(item.effect),
    )


def typed_item(line: ItemLine) -> NewRegistrationItem:
    """Return what is registered as it would be typed anew; what nobody can read any more is left out."""
    return NewRegistrationItem(
        kind=line.kind,
        name=line.name or "",
        subject=line.subject,
        title=line.title,
        position=line.position,
        authors=tuple(author.name for author in line.authors if author.name is not None),
        field=line.field,
        place=line.place,
        effect=line.effect,
        starts_on=line.starts_on,
        ends_on=line.ends_on,
    )


def item_key(item: NewRegistrationItem) -> tuple[str, ...]:
    """Return what may stand in a registration once: a person with a title, else a name, whatever its marks and case.

    Of persons marks count: Lan and Lân are two.
    """
    if item.kind is RegistrationKind.TITLE and item.subject is TitleSubject.INDIVIDUAL:
        return item.kind, item.subject, item.title, person_key(item.name)
    if item.kind is RegistrationKind.TITLE:
        return item.kind, item.subject or "", item.title, fold(item.name)
    return item.kind, fold(item.name)


def person_key(name: str) -> str:
    """Return what tells one person of a unit from another: the name as it is written, but for case and blanks."""
    return _line(name).lower()


def item_size(item: NewRegistrationItem) -> int:
    """Return how many characters the item has."""
    texts = (item.name, item.position, item.field, item.place, item.effect, *item.authors)
    return sum(map(len, texts))


def item_problems(item: NewRegistrationItem, year: int) -> Iterator[tuple[str, Rejected]]:
    """Yield what is wrong with a cleaned item, each with the field it is about."""
    titles = titles_of(year)
    if not item.name:
        yield "name", Rejected("registration.name_missing")
    for name in _FIELDS:
        is_given = bool(getattr(item, name))
        if name in _REQUIRED[item.kind] and not is_given:
            yield name, Rejected(_MISSING[name])
        elif is_given and name not in _REQUIRED[item.kind] and name not in _OPTIONAL[item.kind]:
            yield name, Rejected("registration.field_not_of_kind", kind=item.kind)
    for name, limit in _LENGTHS.items():
        if len(getattr(item, name)) > limit:
            yield name, Rejected("text.too_long", limit=limit)
    if any(len(author) > ITEM_WORD_MAX for author in item.authors):
        yield "authors", Rejected("text.too_long", limit=ITEM_WORD_MAX)
    if len(item.authors) > AUTHORS_MAX:
        yield "authors", Rejected("registration.too_many_authors", limit=AUTHORS_MAX)
    if item.kind is RegistrationKind.TITLE and item.title:
        title = titles.get(item.title)
        if not titles:
            yield "title", Rejected("registration.no_titles_in_force", year=year)
        elif title is None:
            yield "title", Rejected("registration.title_unknown", title=item.title[:40])
        elif item.subject is not None and item.subject not in title.subjects:
            yield "title", Rejected("registration.title_not_for_subject", title=title.name, subject=item.subject)
        if item.position and item.subject is TitleSubject.COLLECTIVE:
            yield "position", Rejected("registration.position_of_collective")
    if item.starts_on and item.ends_on and item.ends_on < item.starts_on:
        yield "ends_on", Rejected("registration.dates_reversed", starts_on=str(item.starts_on))


def _line(text: str) -> str:
    return " ".join(nfc(text).split())
