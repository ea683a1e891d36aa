"""Who may do what in nominations, and the titles of each regime of law: data with its dates and sources."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.nominations.commands import (
    AcceptNomination,
    ErasePerson,
    NominationCommand,
    ResubmitNomination,
    ReturnNomination,
    SubmitNomination,
    WithdrawNomination,
)
from services.nominations.events import AwardLevel, SubjectKind
from shared.rights import Right
from shared.types import CITY, UNIT_ROLES, Actor, Role

# Units nominate their own people; Phòng Nội vụ receives, returns and takes in (NĐ 91/2017 Đ45; TTHC cấp huyện).
DESK_ROLES = frozenset({Role.HOME_AFFAIRS})
_NOMINATE = Right(roles=DESK_ROLES, unit_roles=UNIT_ROLES)  # home affairs also on a unit's behalf
_DESK = Right(roles=DESK_ROLES)
# What the decider asks, and what explains it. Persons may be in any district: the city's administrator erases them.
RIGHTS: Mapping[type[NominationCommand], Right] = {
    SubmitNomination: _NOMINATE,
    ResubmitNomination: _NOMINATE,
    WithdrawNomination: _NOMINATE,
    ReturnNomination: _DESK,
    AcceptNomination: _DESK,
    ErasePerson: Right(roles=frozenset({Role.ADMIN}), is_of_city=True),
}
# Who reads all dossiers of the district with the persons in them; a unit reads its own.
READ_ROLES = frozenset({Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.CITY_BOARD, Role.CITY_CHAIR, Role.AUDITOR})

YEAR_MIN = 2000
BIRTH_YEAR_MIN = 1900
AGE_MIN = 6
DOCUMENTS_MAX = 50
ATTACHMENTS_MAX = 5  # of one dossier
REASONS_MAX = 50
NAME_MAX = 200
SUMMARY_MAX = 10_000
TEXT_MAX = 1000
_TOKEN = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_UUID_7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A title or form of commendation; `level` is who decides on what a district submits."""

    code: str
    name: str
    kinds: frozenset[SubjectKind]
    level: AwardLevel
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """The titles of one regime of law; dates inclusive."""

    code: str
    valid_from: date
    valid_to: date
    titles: Sequence[Title]


_INDIVIDUAL = frozenset({SubjectKind.INDIVIDUAL})
_COLLECTIVE = frozenset({SubjectKind.COLLECTIVE})
_BOTH = _INDIVIDUAL | _COLLECTIVE

# Luật Thi đua, khen thưởng 2003 as amended 2005 and 2013, with NĐ 91/2017 (in force 01/10/2017 to 31/12/2023).
R2017 = RulePack(
    code="R2017",
    valid_from=date(2017, 10, 1),
    valid_to=date(2023, 12, 31),
    titles=(
        Title(
            code="LDTT",
            name="Lao động tiên tiến",
            kinds=_INDIVIDUAL,
            level=AwardLevel.DISTRICT,
            source="Luật TĐKT Đ24; NĐ 91/2017 Đ10",
        ),
        Title(
            code="CSTDCS",
            name="Chiến sĩ thi đua cơ sở",
            kinds=_INDIVIDUAL,
            level=AwardLevel.DISTRICT,
            source="Luật TĐKT Đ23; NĐ 91/2017 Đ9 k3",
        ),
        Title(
            code="CSTDCT",
            name="Chiến sĩ thi đua thành phố",
            kinds=_INDIVIDUAL,
            level=AwardLevel.CITY,
            source="Luật TĐKT Đ22; NĐ 91/2017 Đ9 k2",
        ),
        Title(
            code="CSTDTQ",
            name="Chiến sĩ thi đua toàn quốc",
            kinds=_INDIVIDUAL,
            level=AwardLevel.STATE,
            source="Luật TĐKT Đ21; NĐ 91/2017 Đ9 k1",
        ),
        Title(
            code="TTLDTT",
            name="Tập thể lao động tiên tiến",
            kinds=_COLLECTIVE,
            level=AwardLevel.DISTRICT,
            source="Luật TĐKT Đ28",
        ),
        Title(
            code="TTLDXS",
            name="Tập thể lao động xuất sắc",
            kinds=_COLLECTIVE,
            level=AwardLevel.CITY,
            source="Luật TĐKT Đ27",
        ),
        Title(
            code="CTD_TINH",
            name="Cờ thi đua của UBND thành phố",
            kinds=_COLLECTIVE,
            level=AwardLevel.CITY,
            source="Luật TĐKT Đ26; NĐ 91/2017 Đ12",
        ),
        Title(
            code="CTD_CP",
            name="Cờ thi đua của Chính phủ",
            kinds=_COLLECTIVE,
            level=AwardLevel.STATE,
            source="Luật TĐKT Đ25; NĐ 91/2017 Đ11",
        ),
        Title(
            code="KDCVH",
            name="Khu dân cư văn hóa",
            kinds=_COLLECTIVE,
            level=AwardLevel.DISTRICT,
            source="Luật TĐKT Đ29; NĐ 122/2018",
        ),
        Title(
            code="GK_HUYEN",
            name="Giấy khen của Chủ tịch UBND quận",
            kinds=_BOTH,
            level=AwardLevel.DISTRICT,
            source="Luật TĐKT Đ74; NĐ 65/2014 Đ25",
        ),
        Title(
            code="BK_TINH",
            name="Bằng khen của Chủ tịch UBND thành phố",
            kinds=_BOTH,
            level=AwardLevel.CITY,
            source="Luật TĐKT Đ72; NĐ 91/2017 Đ39",
        ),
        Title(
            code="BK_TTG",
            name="Bằng khen của Thủ tướng Chính phủ",
            kinds=_BOTH,
            level=AwardLevel.STATE,
            source="Luật TĐKT Đ71; NĐ 91/2017 Đ38",
        ),
        Title(
            code="HCLD_3",
            name="Huân chương Lao động hạng Ba",
            kinds=_BOTH,
            level=AwardLevel.STATE,
            source="Luật TĐKT Đ44; NĐ 91/2017 Đ24",
        ),
    ),
)
PACKS: Sequence[RulePack] = (R2017,)


def pack_on(day: date) -> RulePack | None:
    """Return the pack in force on the day; None where there is none, never the nearest one."""
    return next((pack for pack in PACKS if pack.valid_from <= day <= pack.valid_to), None)


def may_act_for(actor: Actor, district: str, unit_id: str, day: date) -> bool:
    """Return whether the actor may submit for the unit: one of its people, or home affairs on its behalf."""
    return _NOMINATE.allows(actor, on=day, district=district, unit=unit_id)


def is_of_unit(actor: Actor, district: str, unit_id: str, day: date) -> bool:
    """Return whether the actor is one of the unit's own people."""
    return actor.has(*UNIT_ROLES, on=day, district=district, unit=unit_id)


def is_of_desk(actor: Actor, district: str, day: date) -> bool:
    """Return whether the actor receives the district's dossiers (vi: Phòng Nội vụ)."""
    return _DESK.allows(actor, on=day, district=district)


def reads_district(actor: Actor, district: str, day: date) -> bool:
    """Return whether the actor reads all dossiers of the district, with the persons in them."""
    return actor.has(*READ_ROLES, on=day, district=district)


def may_erase(actor: Actor, day: date) -> bool:
    """Return whether the actor may erase persons, who may be in any district: the city's administrator."""
    return RIGHTS[ErasePerson].allows(actor, on=day, district=CITY)


def is_token(text: str) -> bool:
    """Return whether the text may stand in a subject: `[a-z0-9-]`."""
    return _TOKEN.fullmatch(text) is not None


def is_dossier_id(text: str) -> bool:
    """Return whether the text is a lower-case UUIDv7."""
    return _UUID_7.fullmatch(text) is not None
