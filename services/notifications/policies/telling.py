"""How a fact becomes notices: tables of what is told of it to whom, and the words and recipients they share.

No sentence holds a person's name, nor free text in which one may stand, such as a reason: whoever is
told follows the link, and sees there what the service behind it lets them see. Told is who has something
to do now, or whose duties, terms or standing have changed; what is only counted stands on the pages.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeAlias, TypeVar

from services.notifications.commands import PostNotice
from services.notifications.events import NoticeKind, NoticeSource, Recipient
from services.notifications.rules import TEXT_MAX, TITLE_MAX, notice_id
from services.scoring.events import DISTRICT_UNITS
from shared.types import CITY, Recorded, Role

E = TypeVar("E")

_PLACES = {
    CITY: "thành phố Cần Thơ",
    "ninh-kieu": "quận Ninh Kiều",
    "binh-thuy": "quận Bình Thủy",
    "cai-rang": "quận Cái Răng",
    "o-mon": "quận Ô Môn",
    "thot-not": "quận Thốt Nốt",
}
_CONTENT_MAX = 300
_LISTED_MAX = 20


# --- the tables --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one recipient is told: a line of the inbox, a sentence or two below it, and the page where it goes on."""

    to: Recipient
    kind: NoticeKind
    title: str
    text: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling(Generic[E]):
    """A row of a table: what is told of an event of the type; one recipient is told once of one event."""

    event: type[E]
    tell: Callable[[E], Iterable[Told]]


Tellings: TypeAlias = Sequence[Telling[Any]]


def tells(
    event: type[E],
    kind: NoticeKind,
    *,
    to: Callable[[E], Iterable[Recipient]],
    title: Callable[[E], str],
    text: Callable[[E], str],
    link: Callable[[E], str],
) -> Telling[E]:
    """Return the row of an event of which all its recipients are told in the same words."""

    def tell(one: E) -> Iterable[Told]:
        words = {"title": title(one), "text": text(one), "link": link(one)}
        return [Told(to=recipient, kind=kind, **words) for recipient in to(one)]

    return Telling(event=event, tell=tell)


def by_event(*tables: Tellings) -> Mapping[type, Tellings]:
    """Return the rows of all tables by the type of event that they are about."""
    rows = [row for table in tables for row in table]
    return {event: [row for row in rows if row.event is event] for event in dict.fromkeys(row.event for row in rows)}


def notices(recorded: Recorded[Any], tellings: Mapping[type, Tellings]) -> list[PostNotice]:
    """Return the notices that the rows ask for; too long a title or text is cut."""
    source = NoticeSource(
        stream=recorded.stream,
        seq=recorded.seq,
        event_id=recorded.event_id,
        type=recorded.type,
        district=recorded.district,
    )
    return [
        PostNotice(
            notice_id=notice_id(source, recorded.stream.lower(), told.to),
            recipient=told.to,
            kind=told.kind,
            title=cut(told.title, TITLE_MAX),
            text=cut(told.text, TEXT_MAX),
            link=told.link,
            source=source,
            at=recorded.occurred_at,
        )
        for row in tellings.get(type(recorded.event), ())
        for told in row.tell(recorded.event)
    ]


# --- who is told -------------------------------------------------------------------------------


def role(district: str, of: Role) -> Recipient:
    """Return the people who hold the role in the district."""
    return Recipient(district=district, role=of)


def office(district: str) -> Recipient:
    """Return whose turn it is when a unit has submitted: Phòng Nội vụ, of the city its board."""
    return role(district, Role.CITY_BOARD if district == CITY else Role.HOME_AFFAIRS)


def chair(district: str) -> Recipient:
    """Return the district's chair (vi: Chủ tịch UBND quận)."""
    return role(district, Role.DISTRICT_CHAIR)


def unit(district: str, unit_id: str, group_id: str | None = None, *, standing: Role = Role.HOME_AFFAIRS) -> Recipient:
    """Return the people of the unit; for a district in the city's cluster, those who hold `standing` in it."""
    if district == CITY and unit_id in DISTRICT_UNITS:
        return role(DISTRICT_UNITS[unit_id], standing)
    return Recipient(district=district, unit_id=unit_id, group_id=group_id)


def units(district: str, unit_ids: Iterable[str], *, standing: Role = Role.HOME_AFFAIRS) -> list[Recipient]:
    """Return the units, each once."""
    return [unit(district, unit_id, standing=standing) for unit_id in dict.fromkeys(unit_ids)]


# --- words -------------------------------------------------------------------------------------


def place(district: str) -> str:
    """Return the name of the district or the city within a sentence."""
    return _PLACES[district]


def opening(text: str) -> str:
    """Return the text as a sentence begins."""
    return text[:1].upper() + text[1:]


def day(of: date) -> str:
    """Return the day as people write it, "25/06/2020"."""
    return f"{of:%d/%m/%Y}"


def days(first_on: date, last_on: date) -> str:
    """Return one day, or the first and the last of several."""
    return day(first_on) if first_on == last_on else f"{day(first_on)} đến {day(last_on)}"


def sentence(content: str) -> str:
    """Return the content as one sentence, cut where it is long."""
    text = cut(" ".join(content.split()), _CONTENT_MAX)
    return text if text.endswith((".", "…", "!", "?")) else f"{text}."


def listed(texts: Sequence[str], rest: str, separator: str = ", ") -> str:
    """Return the texts in a row; of very many the first, and how many of `rest` there are besides."""
    shown = list(texts[:_LISTED_MAX])
    if len(texts) > _LISTED_MAX:
        shown.append(f"và {len(texts) - _LISTED_MAX} {rest}")
    return separator.join(shown)


def cut(text: str, length_max: int) -> str:
    """Return the text, shortened where it is longer."""
    return text if len(text) <= length_max else f"{text[: length_max - 1].rstrip()}…"
