"""The two sheets of an organisation: its units, and the clusters and blocks with their members."""

from collections.abc import Sequence

from services.plans.events import GroupKind, UnitKind
from services.plans.rules import YEARS
from services.plans.views import OrganisationView
from shared.office.workbook import Choice, Column, Kind, SheetForm

NAME_MAX = 1000
ID_MAX = 80
HEAD, DEPUTY, MEMBER = "head", "deputy", "member"
_UNIT_KINDS = {
    UnitKind.EXECUTIVE: "Ủy ban nhân dân",
    UnitKind.COUNCIL: "Hội đồng",
    UnitKind.GOVERNMENT: "Cơ quan chuyên môn",
    UnitKind.PARTY: "Cơ quan Đảng",
    UnitKind.MASS_ORGANISATION: "Mặt trận, đoàn thể",
    UnitKind.PUBLIC_SERVICE: "Đơn vị sự nghiệp",
    UnitKind.ARMED: "Lực lượng vũ trang",
    UnitKind.VERTICAL: "Cơ quan ngành dọc",
    UnitKind.ENTERPRISE: "Doanh nghiệp",
    UnitKind.WARD: "Phường",
    UnitKind.DISTRICT: "Quận",
}
_GROUP_KINDS = {GroupKind.CLUSTER: "Cụm thi đua", GroupKind.BLOCK: "Khối thi đua"}
ROLE_WORDS = {HEAD: "Trưởng", DEPUTY: "Phó", MEMBER: "Thành viên"}
_ROLES_ALSO = {HEAD: ("Cụm trưởng", "Khối trưởng"), DEPUTY: ("Cụm phó", "Khối phó"), MEMBER: ()}


def unit_form(organisations: Sequence[OrganisationView]) -> SheetForm:
    """Return the form of the list of units."""
    return SheetForm(
        name="Đơn vị",
        also=("Danh sách đơn vị",),
        title="Danh sách cơ quan, đơn vị",
        columns=(
            _district(organisations),
            Column(
                field="unit_id",
                heading="Mã đơn vị",
                is_required=True,
                width=26,
                length_max=ID_MAX,
                hint="Chữ thường không dấu, chữ số, gạch nối; không đổi được về sau. Ví dụ: phong-noi-vu",
            ),
            Column(
                field="name",
                heading="Tên đầy đủ",
                also=("Tên đơn vị", "Tên"),
                is_required=True,
                width=46,
                length_max=NAME_MAX,
            ),
            Column(field="short_name", heading="Tên gọi tắt", is_required=True, width=28, length_max=NAME_MAX),
            Column(
                field="kind",
                heading="Loại đơn vị",
                also=("Loại",),
                kind=Kind.CHOICE,
                choices=tuple(Choice(value=kind, word=word) for kind, word in _UNIT_KINDS.items()),
                is_required=True,
                width=20,
            ),
            Column(field="code", heading="Mã hành chính", also=("Mã số",), width=14, length_max=ID_MAX),
            Column(
                field="aliases",
                heading="Tên gọi khác",
                kind=Kind.LIST,
                width=40,
                length_max=NAME_MAX,
                hint="Các cách gọi trong văn bản, cách nhau bằng dấu chấm phẩy.",
            ),
            Column(field="valid_from", heading="Hoạt động từ ngày", also=("Từ ngày",), kind=Kind.DATE, width=13),
            Column(field="valid_to", heading="Đến hết ngày", kind=Kind.DATE, width=13),
            Column(
                field="successor_id",
                heading="Đơn vị kế thừa",
                width=26,
                length_max=NAME_MAX,
                hint="Tên hoặc mã của đơn vị tiếp nhận khi giải thể, sáp nhập.",
            ),
            Column(
                field="closing_reason",
                heading="Lý do kết thúc",
                width=30,
                hint="Bắt buộc khi ghi ngày kết thúc cho đơn vị đang hoạt động; ví dụ số nghị quyết sáp nhập.",
            ),
        ),
    )


def unit_kind_words() -> dict[str, str]:
    """Return the word of each kind of unit."""
    return {str(kind): word for kind, word in _UNIT_KINDS.items()}


def group_form(organisations: Sequence[OrganisationView]) -> SheetForm:
    """Return the form of the members of clusters and blocks, one row a member."""
    return SheetForm(
        name="Cụm, khối",
        also=("Cụm khối thi đua", "Thành viên cụm khối"),
        title="Thành viên cụm, khối thi đua",
        columns=(
            _district(organisations),
            Column(field="group_id", heading="Mã cụm, khối", is_required=True, width=28, length_max=ID_MAX),
            Column(
                field="year",
                heading="Năm",
                kind=Kind.INTEGER,
                is_required=True,
                width=7,
                number_min=YEARS.start,
                number_max=YEARS.stop - 1,
            ),
            Column(
                field="name",
                heading="Tên cụm, khối",
                is_required=True,
                width=40,
                length_max=NAME_MAX,
                hint="Như nhau ở mọi dòng của cụm, khối.",
            ),
            Column(
                field="kind",
                heading="Loại",
                kind=Kind.CHOICE,
                choices=tuple(
                    Choice(value=kind, word=word, also=(word.split()[0],)) for kind, word in _GROUP_KINDS.items()
                ),
                is_required=True,
                width=14,
            ),
            Column(
                field="unit",
                heading="Đơn vị thành viên",
                also=("Đơn vị", "Thành viên"),
                is_required=True,
                width=34,
                length_max=NAME_MAX,
                hint="Tên hoặc mã đơn vị.",
                suggestions=("Đơn vị", "short_name"),
            ),
            Column(
                field="role",
                heading="Vai trò",
                kind=Kind.CHOICE,
                choices=tuple(
                    Choice(value=role, word=word, also=_ROLES_ALSO[role]) for role, word in ROLE_WORDS.items()
                ),
                width=13,
                hint="Trưởng, Phó, hoặc để trống.",
            ),
        ),
    )


def _district(organisations: Sequence[OrganisationView]) -> Column:
    """Return the column of the district; with one district alone it may be left out."""
    return Column(
        field="district",
        heading="Quận, thành phố",
        also=("Quận", "Địa bàn"),
        kind=Kind.CHOICE,
        is_required=len(organisations) > 1,
        width=20,
        choices=tuple(Choice(value=one.district, word=one.name, also=(one.short_name,)) for one in organisations),
    )
