"""The reader of plan documents: what it finds, what it mends, what it says, and what it refuses."""

import codecs
import json
import time
import unicodedata
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.plans.documents import (
    LINES_MAX,
    SIZE_MAX_BYTES,
    KnownUnit,
    ParsedPlan,
    ParsedTask,
    UnitDirectory,
    directory_from_organisation,
    importable,
    parse_plan,
    read_document,
    unit_directory,
)
from services.plans.documents.timing import limit_in_text, month_in_text, quarter_heading, read_timing
from services.plans.documents.units import match_units
from services.plans.documents.wording import mend_scan
from shared.errors import Rejected

DEMO = Path(__file__).parents[2] / "deploy" / "demo"
ORGANISATIONS = yaml.safe_load((DEMO / "can-tho-2020.yaml").read_text(encoding="utf-8"))["organisations"]
DISTRICTS: dict[str, UnitDirectory] = {entry["id"]: directory_from_organisation(entry) for entry in ORGANISATIONS}
SEED_TEXT = read_document(DEMO / "ke-hoach-30-kh-ubnd-2020.txt")
SEED = parse_plan(SEED_TEXT, DISTRICTS)
BINH_THUY_TEXT = read_document(DEMO / "ke-hoach-12-kh-ubnd-2021-binh-thuy.txt")
BINH_THUY = parse_plan(BINH_THUY_TEXT, DISTRICTS)


def said(parsed: ParsedPlan) -> list[tuple[str, str]]:
    return [(warning.code, warning.where) for warning in parsed.warnings]


def plan_with(table: str, *, year: int = 2020, district: str = "Cái Răng") -> ParsedPlan:
    text = (
        f"Số: 07/KH-UBND\n\n{district}, ngày 06 tháng 02 năm {year}\n\nKẾ HOẠCH\nCông tác thi đua năm {year}\n\n"
        f"Ủy ban nhân dân quận {district} ban hành Kế hoạch như sau:\n\nII. NỘI DUNG\n\n{table}\n\n"
        "III. GIẢI PHÁP\n\n1. Một giải pháp.\n\nNơi nhận:\n- Lưu: VT.\n\nTM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\n\nLê Văn Mẫu\n"
    )
    return parse_plan(text, DISTRICTS)


def units_of(parsed: ParsedPlan) -> list[tuple[str, ...]]:
    return [task.units for task in parsed.tasks]


def match(cell: str) -> tuple[str, ...]:
    return match_units(cell, DISTRICTS["cai-rang"]).ids


# --- plan 30/KH-UBND of quận Cái Răng, as scanned ---------------------------------------------


def test_the_next_item_of_a_list_is_not_the_end_of_a_name() -> None:
    found = match_units("- UBND phường Lê Bình\n- Quận đoàn", DISTRICTS["cai-rang"])
    assert found.ids == ("phuong-le-binh", "quan-doan")
    assert found.unmatched == ()


def test_the_scanned_plan_states_its_number_date_place_issuer_and_year() -> None:
    assert (SEED.number, SEED.symbol, SEED.issued_on) == ("30/KH-UBND", "KH", date(2020, 2, 6))
    assert (SEED.place, SEED.issuer, SEED.district) == ("Cái Răng", "Ủy ban nhân dân quận Cái Răng", "cai-rang")
    assert (SEED.year, SEED.title) == (2020, "Triển khai công tác thi đua, khen thưởng năm 2020")


def test_the_scanned_plan_has_fifteen_tasks_in_quarters_of_seven_four_three_and_one() -> None:
    assert [task.number for task in SEED.tasks] == list(range(1, 16))
    assert [task.quarter for task in SEED.tasks] == [1] * 7 + [2] * 4 + [3] * 3 + [4]
    assert {task.due_on for task in SEED.tasks} == {None}


def test_every_unit_of_the_scanned_plan_is_found() -> None:
    home, district = "phong-noi-vu", "ubnd-quan"
    assert units_of(SEED) == [
        (district, home),
        (district,),
        (district, "hoi-dong-tdkt", home),
        ("hoi-dong-tdkt", home),
        ("cac-co-quan", "cac-phuong"),
        ("van-phong-hdnd-ubnd", home),
        (district, home),
        (district, "ban-tuyen-giao", home),
        (district, home),
        (home,),
        (home,),
        (district, home),
        (district, home),
        (home,),
        (district, home),
    ]


def test_with_one_column_of_units_all_of_them_lead() -> None:
    assert all(task.lead_units == task.units and task.coordinating_units == () for task in SEED.tasks)


def test_the_scanned_plan_has_its_sections_recipients_and_signer() -> None:
    sections = (SEED.bases, SEED.purposes, SEED.requirements, SEED.solutions, SEED.organisation, SEED.recipients)
    assert [len(section) for section in sections] == [3, 2, 1, 6, 4, 7]
    assert SEED.bases[1] == "các Nghị quyết, Chương trình hành động của Quận ủy"
    assert SEED.organisation[3].startswith("Giao Trưởng phòng Nội vụ quận")
    assert SEED.organisation[3].endswith("thực hiện kế hoạch này.")
    assert SEED.recipients[4] == "Cổng TTĐT quận"
    assert (SEED.signer.name, SEED.signer.post) == ("Lê Thanh Tâm", "CHỦ TỊCH")
    assert SEED.signer.on_behalf_of == "TM. ỦY BAN NHÂN DÂN"


def test_the_scanned_plan_brings_one_warning_for_each_known_oddity_and_no_other() -> None:
    assert said(SEED) == [
        ("basis.symbol_mismatch", "bases 1"),
        ("task.year_doubtful", "task 3"),
        ("text.corrected", "task 4"),
        ("text.corrected", "task 9"),
        ("text.corrected", "task 9"),
        ("text.corrected", "task 9"),
        ("text.corrected", "recipients 5"),
    ]


def test_corrected_text_appears_corrected_and_doubtful_text_as_written() -> None:
    assert "khởi" not in " ".join(task.content for task in SEED.tasks).lower()
    assert "cụm, khối thi đua" in SEED.tasks[3].content
    assert "năm 2018" in SEED.tasks[2].content
    assert "05/CT-UBND" in SEED.bases[0]


def test_the_scanned_plan_may_be_imported() -> None:
    importable(SEED)


def test_a_parsed_plan_serialises_to_the_agreed_shape() -> None:
    shape = json.loads(TypeAdapter(ParsedPlan).dump_json(SEED))
    assert set(shape) == {
        *("number", "symbol", "issued_on", "place", "issuer", "district", "year", "title", "bases", "purposes"),
        *("requirements", "tasks", "solutions", "organisation", "recipients", "signer", "warnings"),
    }
    task_keys = {"number", "quarter", "content", "units", "lead_units", "coordinating_units", "due_on", "due_month"}
    assert all(set(task) == task_keys for task in shape["tasks"])
    assert set(shape["signer"]) == {"name", "post", "on_behalf_of"}
    assert all(set(warning) == {"code", "where", "text"} for warning in shape["warnings"])
    assert shape["issued_on"] == "2020-02-06"


# --- the other layout: quận Bình Thủy ---------------------------------------------------------


def test_lead_and_coordinating_columns_are_kept_apart() -> None:
    task = BINH_THUY.tasks[0]
    assert task.lead_units == ("ubnd-quan", "hoi-dong-tdkt")
    assert task.coordinating_units == ("phong-noi-vu", "cac-co-quan", "cac-phuong")
    assert task.units == task.lead_units + task.coordinating_units


def test_quarters_come_from_dates_months_and_quarters_of_the_time_column() -> None:
    assert [task.number for task in BINH_THUY.tasks] == list(range(1, 12))
    assert [task.quarter for task in BINH_THUY.tasks] == [1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4]
    assert {task.number: task.due_on for task in BINH_THUY.tasks if task.due_on} == {
        1: date(2021, 2, 5),
        3: date(2021, 3, 15),
        5: date(2021, 5, 31),
        7: date(2021, 9, 30),
        10: date(2021, 12, 10),
    }


def test_a_cell_over_several_lines_is_one_cell() -> None:
    assert BINH_THUY.tasks[1].content.endswith("cụm, khối thi đua của quận")
    assert BINH_THUY.tasks[1].coordinating_units == ("uy-ban-mttq", "quan-doan", "cac-phuong")


def test_letterhead_recipients_and_signature_are_read_from_two_columns() -> None:
    assert (BINH_THUY.number, BINH_THUY.place, BINH_THUY.district) == ("12/KH-UBND", "Bình Thủy", "binh-thuy")
    assert len(BINH_THUY.recipients) == 6
    assert BINH_THUY.signer.name == "Nguyễn Văn Mẫu"
    assert BINH_THUY.signer.post == "PHÓ CHỦ TỊCH"
    assert BINH_THUY.signer.on_behalf_of == "TM. ỦY BAN NHÂN DÂN; KT. CHỦ TỊCH"


def test_what_the_other_plan_leaves_open_is_said() -> None:
    assert said(BINH_THUY) == [
        ("text.corrected", "task 2"),
        ("unit.unmatched", "task 6"),
        ("task.quarter_assumed", "task 9"),
        ("section.unread", "line 64"),
    ]
    importable(BINH_THUY)


# --- tables -----------------------------------------------------------------------------------


def test_columns_are_found_by_their_names_in_any_order() -> None:
    parsed = plan_with("Thời gian\tNỘI DUNG CÔNG VIỆC\tSTT\tPhối hợp\tCơ quan chủ trì\n"
                       "Quý 2\tLàm việc A\t1\tPhòng Y tế\tPhòng Nội vụ")  # fmt: skip
    assert parsed.tasks == (
        ParsedTask(
            number=1,
            quarter=2,
            content="Làm việc A",
            units=("phong-noi-vu", "phong-y-te"),
            lead_units=("phong-noi-vu",),
            coordinating_units=("phong-y-te",),
            due_on=None,
        ),
    )


def test_columns_may_be_set_apart_by_spaces() -> None:
    parsed = plan_with(
        "TT    Nội dung                       Đơn vị chủ trì       Thời gian hoàn thành\n"
        "1     Xây dựng kế hoạch năm          Phòng Nội vụ         Tháng 2\n"
        "      và trình ký                    - Phòng Tư pháp\n"
        "2.    Ban hành văn bản               UBND quận            Quý II\n"
    )
    assert [(t.number, t.quarter, t.content) for t in parsed.tasks] == [
        (1, 1, "Xây dựng kế hoạch năm và trình ký"),
        (2, 2, "Ban hành văn bản"),
    ]
    assert units_of(parsed) == [("phong-noi-vu", "phong-tu-phap"), ("ubnd-quan",)]


def test_a_header_may_take_two_lines() -> None:
    parsed = plan_with(
        "| STT | Nội dung | Đơn vị | Đơn vị | Thời |\n|  |  | chủ trì | phối hợp | gian |\n"
        "| 1 | Làm việc A | Phòng Nội vụ | Phòng Y tế | Quý I |"
    )
    assert (parsed.tasks[0].lead_units, parsed.tasks[0].coordinating_units) == (("phong-noi-vu",), ("phong-y-te",))
    assert parsed.tasks[0].quarter == 1


def test_a_row_goes_on_after_a_page_break_and_a_repeated_header() -> None:
    header = "TT\tNội dung\tĐơn vị thực hiện\n"
    parsed = plan_with(f"{header}Quý I\t\t\n1.\tPhần đầu\t- UBND quận\n\n2\n\n{header}\tvà phần sau.\t- Phòng Nội vụ")
    assert [(t.content, t.units) for t in parsed.tasks] == [("Phần đầu và phần sau.", ("ubnd-quan", "phong-noi-vu"))]
    assert said(parsed) == []


def test_a_line_break_inside_a_cell_does_not_break_the_row() -> None:
    parsed = plan_with(
        "TT\tNội dung\tĐơn vị thực hiện\nQUÝ I\n"
        "1.\tDòng một\ndòng hai\t- UBND quận\n- Phòng Nội vụ\n2.\tViệc hai\t- UBND quận"
    )
    assert [(t.content, t.units) for t in parsed.tasks] == [
        ("Dòng một dòng hai", ("ubnd-quan", "phong-noi-vu")),
        ("Việc hai", ("ubnd-quan",)),
    ]


def test_a_plain_line_goes_on_with_the_content_unless_it_names_a_unit() -> None:
    parsed = plan_with(
        "TT\tNội dung\tĐơn vị thực hiện\nQUÝ I\t\t\n1.\tTổ chức hội nghị\t- UBND quận\ntổng kết năm\n- Phòng Nội vụ"
    )
    assert [(t.content, t.units) for t in parsed.tasks] == [
        ("Tổ chức hội nghị tổng kết năm", ("ubnd-quan", "phong-noi-vu"))
    ]


def test_a_unit_name_may_run_over_two_lines() -> None:
    parsed = plan_with(
        "TT\tNội dung\tĐơn vị thực hiện\nQUÝ I\t\t\n1.\tViệc một.\t- Phòng Lao động - Thương binh\nvà Xã hội"
    )
    assert units_of(parsed) == [("phong-lao-dong",)]


def test_a_unit_column_may_say_itself_who_leads_and_who_helps() -> None:
    parsed = plan_with(
        "TT\tNội dung\tĐơn vị thực hiện\nQuý I\n1\tViệc\tChủ trì: Phòng Nội vụ; phối hợp: UBND các phường"
    )
    assert (parsed.tasks[0].lead_units, parsed.tasks[0].coordinating_units) == (("phong-noi-vu",), ("cac-phuong",))
    assert said(parsed) == []


@pytest.mark.parametrize("heading", ["QUÝ II", "Quý 2", "Quý II/2020", "II. Quý II năm 2020", "* Qúy II:", "Tháng 5"])
def test_a_heading_of_a_quarter_holds_for_the_rows_below_it(heading: str) -> None:
    parsed = plan_with(f"TT\tNội dung\tĐơn vị thực hiện\n{heading}\n1\tViệc\tUBND quận")
    assert [task.quarter for task in parsed.tasks] == [2]


def test_a_heading_without_a_quarter_ends_the_quarter_above_it() -> None:
    parsed = plan_with(
        "TT\tNội dung\tĐơn vị thực hiện\nQUÝ IV\n1\tViệc\tUBND quận\nNHIỆM VỤ THƯỜNG XUYÊN\n2\tViệc\tUBND quận"
    )
    assert [task.quarter for task in parsed.tasks] == [4, None]
    assert said(parsed) == [("task.quarter_missing", "task 2")]


def test_repeated_and_missing_numbers_are_said() -> None:
    parsed = plan_with("TT\tNội dung\tĐơn vị thực hiện\nQuý I\n1\tA\tUBND quận\n1\tB\tUBND quận\n4\tC\tUBND quận")
    assert said(parsed) == [("task.number_duplicate", "task 1"), ("task.number_gap", "task 4")]
    with pytest.raises(Rejected, match=r"plan_document\.task_repeated"):
        importable(parsed)


def test_a_time_that_contradicts_its_heading_is_said_and_wins() -> None:
    parsed = plan_with("TT\tNội dung\tĐơn vị thực hiện\tThời gian\nQuý I\n1\tA\tUBND quận\tTháng 5")
    assert parsed.tasks[0].quarter == 2
    assert said(parsed) == [("task.quarter_conflict", "task 1")]


def test_text_among_the_tasks_that_was_not_read_is_said() -> None:
    parsed = plan_with(
        "TT\tNội dung\tĐơn vị thực hiện\nQuý I\n1\tA\tUBND quận\n\nNgoài ra, các đơn vị làm thêm việc B."
    )
    assert [code for code, _ in said(parsed)] == ["text.unread"]


def test_a_row_with_a_letter_for_a_number_is_kept_and_said() -> None:
    parsed = plan_with("TT\tNội dung\tĐơn vị thực hiện\nQuý I\n1\tA\tUBND quận\na\tphần nhỏ\t\n2\tB\tUBND quận")
    assert [task.content for task in parsed.tasks] == ["A phần nhỏ", "B"]
    assert said(parsed) == [("task.number_unreadable", "line 14")]


def test_a_row_goes_on_under_a_header_with_other_columns() -> None:
    parsed = plan_with(
        "TT\tNội dung\tĐơn vị chủ trì\tPhối hợp\tThời gian\n1\tA\tUBND quận\tPhòng Y tế\tQuý I\n"
        "TT\tNội dung\tĐơn vị thực hiện\n- Phòng Nội vụ\n"
    )
    assert units_of(parsed) == [("ubnd-quan", "phong-noi-vu", "phong-y-te")]


def test_a_table_after_the_signature_is_read_too() -> None:
    table = SEED_TEXT[SEED_TEXT.index("TT\tNội dung") : SEED_TEXT.index("III. CÁC GIẢI PHÁP")]
    parsed = parse_plan(f"{SEED_TEXT.replace(table, '')}\n\nPHỤ LỤC\n\n{table}", DISTRICTS)
    assert parsed == SEED


# --- time -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "quarter", "due_on"),
    [
        ("Quý I", 1, None),
        ("Quý 4/2021", 4, None),
        ("Tháng 3", 1, None),
        ("tháng 03/2021", 1, None),
        ("Tháng 10 - 11/2021", 4, None),
        ("Trước ngày 15/3/2021", 1, date(2021, 3, 15)),
        ("15/7", 3, date(2021, 7, 15)),
        ("15.7.2021", 3, date(2021, 7, 15)),
        ("Ngày 02 tháng 9", 3, date(2021, 9, 2)),
        ("Từ ngày 01/3 đến ngày 15/4/2021", 2, date(2021, 4, 15)),
        ("Chậm nhất tháng 2", 1, date(2021, 2, 28)),
        ("Đến hết tháng 6/2021", 2, date(2021, 6, 30)),
        ("", None, None),
    ],
)
def test_a_time_gives_its_quarter_and_a_date_only_where_one_is_stated(
    cell: str, quarter: int | None, due_on: date | None
) -> None:
    timing = read_timing(cell, 2021)
    assert (timing.quarter, timing.due_on, timing.doubts) == (quarter, due_on, ())


@pytest.mark.parametrize(
    ("cell", "code", "quarter"),
    [
        ("Quý I, II", "task.quarter_several", 2),
        ("Thường xuyên", "task.quarter_assumed", 4),
        ("6 tháng đầu năm", "task.quarter_assumed", 2),
        ("31/02/2021", "task.date_invalid", 1),
        ("Tháng 13", "task.date_invalid", None),
        ("Trước 15/01/2022", "task.due_outside_year", 4),
        ("Theo chỉ đạo", "task.time_unread", None),
        ("15/3/2021, 15/9/2021", "task.due_several", 3),
        ("Quý I (trước 15/5)", "task.quarter_conflict", 2),
    ],
)
def test_a_doubtful_time_is_said(cell: str, code: str, quarter: int | None) -> None:
    timing = read_timing(cell, 2021)
    assert ([doubt for doubt, _ in timing.doubts], timing.quarter) == ([code], quarter)


def test_anniversaries_in_the_content_are_no_limits_but_a_stated_limit_is() -> None:
    assert limit_in_text("Phát động thi đua kỷ niệm 30/4 và sinh nhật Bác 19/5/2020", 2020) is None
    limit = limit_in_text("Gửi báo cáo về Phòng Nội vụ trước ngày 15/3/2020.", 2020)
    assert limit is not None
    assert limit.due_on == date(2020, 3, 15)


def test_a_sentence_that_only_holds_a_quarter_is_no_heading() -> None:
    assert quarter_heading("Báo cáo quý I") is None
    assert quarter_heading("Quý V") is None


# --- units ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "ids"),
    [
        ("VP. HĐND và UBND quận", ("van-phong-hdnd-ubnd",)),
        ("UBND quận và Phòng Nội vụ", ("ubnd-quan", "phong-noi-vu")),
        ("Phòng Tài chính - Kế hoạch - Phòng Nội vụ", ("phong-tai-chinh-ke-hoach", "phong-noi-vu")),
        ("Các cơ quan, ban, ngành, đoàn thể quận, UBND các phường", ("cac-co-quan", "cac-phuong")),
        ("Phòng Nội vụ quận Cái Răng", ("phong-noi-vu",)),
        ("HỘI ĐỒNG THI ĐUA - KHEN THƯỞNG QUẬN", ("hoi-dong-tdkt",)),
        ("HĐ TĐKT quận; P. Nội vụ", ("hoi-dong-tdkt", "phong-noi-vu")),
        ("Phòng LĐ-TB và XH, Phòng LĐTB&XH", ("phong-lao-dong",)),
        ("Uỷ ban nhân dân phường Lê Bình", ("phuong-le-binh",)),
        ("phong noi vu", ("phong-noi-vu",)),
    ],
)
def test_the_longest_known_name_wins_before_separators_are_looked_at(cell: str, ids: tuple[str, ...]) -> None:
    found = match_units(cell, DISTRICTS["cai-rang"])
    assert (found.ids, found.unmatched, found.ambiguous) == (ids, (), ())


def test_every_name_and_alias_of_the_organisation_data_finds_its_unit() -> None:
    for directory in DISTRICTS.values():
        for unit in directory.units:
            for name in (unit.name, *unit.aliases):
                found = match_units(f"- {name}", directory)
                assert (found.ids, found.unmatched) == ((unit.id,), ()), name


def test_what_is_no_known_unit_is_said_once_for_each() -> None:
    found = match_units(
        "Sở Nội vụ; Phòng Nội vụ, Hội Luật gia và các cơ quan, đơn vị có liên quan", DISTRICTS["cai-rang"]
    )
    assert found.ids == ("phong-noi-vu",)
    assert found.unmatched == ("Sở Nội vụ", "Hội Luật gia và các cơ quan, đơn vị có liên quan")


def test_a_name_of_two_units_is_ambiguous_and_assigns_neither() -> None:
    directory = unit_directory(
        name="Quận Cái Răng",
        short_name="Cái Răng",
        units=[
            KnownUnit(id="trung-tam-a", name="Trung tâm A", aliases=("Trung tâm",), is_set=False),
            KnownUnit(id="trung-tam-b", name="Trung tâm B", aliases=("Trung tâm",), is_set=False),
        ],
    )
    found = match_units("Trung tâm; Trung tâm B", directory)
    assert found.ids == ("trung-tam-b",)
    assert [ambiguous.ids for ambiguous in found.ambiguous] == [("trung-tam-a", "trung-tam-b")]


def test_two_names_run_together_are_doubted() -> None:
    assert match_units("Hội Nông dân các phường", DISTRICTS["cai-rang"]).joined == ("Hội Nông dân các phường",)


def test_a_unit_written_twice_counts_once() -> None:
    assert match("UBND quận, UBND quận Cái Răng") == ("ubnd-quan",)


def test_an_unmatched_unit_is_a_warning_of_the_task() -> None:
    parsed = plan_with("TT\tNội dung\tĐơn vị thực hiện\nQuý I\n1\tA\tSở Nội vụ")
    assert said(parsed) == [("unit.unmatched", "task 1"), ("task.unit_missing", "task 1")]


# --- wording ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["khởi nghĩa Nam Kỳ", "Lễ khởi công", "khởi động cụm, khởi nghiệp", "khí thế sôi nổi"])
def test_a_real_word_is_not_mended(text: str) -> None:
    assert mend_scan(text) == (text, [])


def test_each_misread_word_is_mended_and_told() -> None:
    mended, corrections = mend_scan("cụm, khởi thi đua; KHỞI THI ĐUA và Công thông tin điện tử")
    assert mended == "cụm, khối thi đua; KHỐI THI ĐUA và Cổng thông tin điện tử"
    assert len(corrections) == 3


# --- head of the document ---------------------------------------------------------------------


def test_a_plan_of_an_unknown_district_matches_no_units() -> None:
    text = SEED_TEXT.replace("Cái Răng", "Phong Điền").replace("quận Phong", "huyện Phong")
    parsed = parse_plan(text, DISTRICTS)
    assert (parsed.district, parsed.issuer) == (None, "Ủy ban nhân dân huyện Phong Điền")
    assert ("plan.district_unknown", "issuer") in said(parsed)
    assert {task.units for task in parsed.tasks} == {()}
    with pytest.raises(Rejected, match=r"plan_document\.district_unknown"):
        importable(parsed)


def test_a_district_that_is_only_mentioned_does_not_issue_the_plan() -> None:
    text = SEED_TEXT.replace("Cụm thi đua 5 quận", "Ủy ban nhân dân quận Ninh Kiều, Cụm trưởng Cụm thi đua 5 quận")
    assert parse_plan(text, DISTRICTS).district == "cai-rang"


def test_a_plan_numbered_as_another_kind_of_document_is_doubted() -> None:
    parsed = parse_plan(SEED_TEXT.replace("30 /KH-UBND", "30/QĐ-UBND"), DISTRICTS)
    assert parsed.number == "30/QĐ-UBND"
    assert ("plan.symbol_mismatch", "number") in said(parsed)


def test_a_date_that_does_not_exist_is_doubted() -> None:
    parsed = parse_plan(SEED_TEXT.replace("ngày 06 tháng 02", "ngày 31 tháng 02", 1), DISTRICTS)
    assert parsed.issued_on is None
    assert ("plan.date_invalid", "issued_on") in said(parsed)


def test_text_with_its_marks_apart_reads_the_same() -> None:
    assert parse_plan(unicodedata.normalize("NFD", SEED_TEXT), DISTRICTS) == SEED


def test_windows_line_ends_read_the_same() -> None:
    assert parse_plan(SEED_TEXT.replace("\n", "\r\n"), DISTRICTS) == SEED


# --- what may be imported ---------------------------------------------------------------------


def test_an_incomplete_task_is_refused_with_its_row_and_every_reason() -> None:
    parsed = plan_with("TT\tNội dung\tĐơn vị thực hiện\n1\tA\tUBND quận\n2\tB\t")
    with pytest.raises(Rejected) as refusal:
        importable(parsed)
    assert refusal.value.code == "plan_document.task_incomplete"
    assert refusal.value.detail == {"row": 1, "reasons": ["quarter_missing"]}


def test_a_task_without_units_is_refused() -> None:
    with pytest.raises(Rejected) as refusal:
        importable(plan_with("TT\tNội dung\tĐơn vị thực hiện\nQuý I\n1\tA\tUBND quận\n2\tB\t"))
    assert refusal.value.detail == {"row": 2, "reasons": ["unit_missing"]}


def test_a_plan_without_tasks_number_or_year_is_refused() -> None:
    undated = SEED_TEXT.replace("Cái Răng, ngày 06 tháng 02 năm 2020\n", "")
    for text, code in (
        (SEED_TEXT.replace("Số: 30 /KH-UBND", ""), "plan_document.number_missing"),
        (undated.replace("thi đua, khen thưởng năm 2020\n", "thi đua\n", 1), "plan_document.year_missing"),
        (SEED_TEXT.replace("TT\tNội dung", ""), "plan_document.tasks_missing"),
    ):
        with pytest.raises(Rejected) as refusal:
            importable(parse_plan(text, DISTRICTS))
        assert refusal.value.code == code


# --- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "Kế hoạch".encode(),
        codecs.BOM_UTF8 + "Kế hoạch".encode(),
        "Kế hoạch".encode("utf-16"),
        codecs.BOM_UTF16_BE + "Kế hoạch".encode("utf-16-be"),
        unicodedata.normalize("NFD", "Kế hoạch").encode(),
    ],
)
def test_text_in_utf8_or_utf16_is_read(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "plan.txt"
    file.write_bytes(content)
    assert read_document(file) == "Kế hoạch"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \r\n\t", "empty"),
        ("a.txt", b"\xff\xff\xff", "unreadable"),
        ("a.txt", codecs.BOM_UTF16_LE + b"\x00\xd8", "unreadable"),
        ("a.txt", b"a" + "\u0301\u0323".encode() * 50, "unreadable"),
        ("a.txt", b"abc\x00def", "unsupported"),
        ("a.docx", b"no document of Word", "unsupported"),
        ("a.pdf", b"%PDF-1.7", "unsupported"),
        ("a.txt", b"a" * (2 * 1024 * 1024 + 1), "too_large"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(Rejected) as refusal:
        read_document(file)
    assert refusal.value.code == f"plan_document.{code}"


def test_a_missing_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.txt", tmp_path / "a\x00b.txt"):
        with pytest.raises(Rejected, match=r"plan_document\.unreadable"):
            read_document(path)


# --- any text at all --------------------------------------------------------------------------

PLAN_WORDS = st.sampled_from(
    [
        *(
            "\n",
            "\t",
            "|",
            "  ",
            "TT\tNội dung\tĐơn vị thực hiện\tThời gian\n",
            "| STT | Nội dung | Chủ trì |\n",
            "QUÝ I\n",
        ),
        *(
            "1.\t",
            "2",
            "- UBND quận",
            "Phòng Nội vụ;",
            "tháng 13",
            "31/02/2020",
            "trước ngày ",
            "năm 2018",
            "khởi thi đua",
        ),
        *("KẾ HOẠCH\n", "I. MỤC ĐÍCH\n", "II. NỘI DUNG\n", "Nơi nhận:\n", "TM. ỦY BAN NHÂN DÂN\n", "Số: 1/KH-UBND\n"),
        *(
            "Căn cứ Luật số 1/CT;",
            "quận Cái Răng ban hành ",
            "ngày 0 tháng 0 năm 0000\n",
            "TT   Nội dung   Đơn vị\n",
            "./.",
        ),
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.text(max_size=400), st.lists(st.one_of(PLAN_WORDS, st.text(max_size=8)), max_size=60).map("".join)))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    parsed = parse_plan(text, DISTRICTS)
    TypeAdapter(ParsedPlan).dump_json(parsed)
    try:
        importable(parsed)
    except Rejected as refusal:
        assert refusal.code.startswith("plan_document.")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([SEED_TEXT, BINH_THUY_TEXT]), st.data())
def test_a_damaged_plan_is_still_read(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 200))
        text = text[:start] + data.draw(st.one_of(PLAN_WORDS, st.text(max_size=5))) + text[start + length :]
    TypeAdapter(ParsedPlan).dump_json(parse_plan(text, DISTRICTS))


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("bytes") / "plan.txt"
    file.write_bytes(content)
    try:
        text = read_document(file)
    except Rejected:
        return
    parse_plan(text, DISTRICTS)


@pytest.mark.parametrize(
    "piece",
    [
        *(" ", "\n", "\t", "|", "a", "1.\t", "quý I, ", "tháng 3, ", "1/", "- UBND quận ", "khởi ", "cụm, khởi, "),
        *("của, Luật ", "Ủy ban nhân dân quận ", "UBND a ", "năm 2018 ", "Nghị quyết, ", "TT\tNội dung\tĐơn vị\n"),
        *("1\tA\tUBND quận\n", "I. A\n", "- a\n", "1. a\n", "A b c\n", "Số: 1 ", "Căn cứ ", "trước ngày "),
        *("phối hợp ", "Các cơ quan, ban, ngành, ", "1\tA\nB\n", "Phần đầu\n- UBND\n"),
    ],
)
def test_the_largest_document_of_anything_takes_seconds(piece: str) -> None:
    head = (
        "Số: 1/KH-UBND\nKẾ HOẠCH\nnăm 2020\nCăn cứ Luật\nUBND quận Cái Răng ban hành\nII. NỘI DUNG\n"
        "TT\tNội dung\tĐơn vị\tThời gian\n"
    )
    lines = piece.count("\n")
    garbage = piece * (LINES_MAX // 4 // lines if lines else SIZE_MAX_BYTES // 12 // len(piece.encode()))
    started = time.perf_counter()
    parse_plan(f"{garbage}{head}1\t{garbage}\n2\ta\t{garbage[:-100]}\tquý I", DISTRICTS)
    parse_plan(f"{head}1\ta\tb\t{garbage}\nIII. GIẢI PHÁP\n{garbage}\nNơi nhận:\n{garbage[:-100]}", DISTRICTS)
    assert time.perf_counter() - started < 20


def test_a_document_of_too_many_lines_is_refused() -> None:
    with pytest.raises(Rejected, match=r"plan_document\.too_large"):
        parse_plan("\n" * LINES_MAX, DISTRICTS)


@pytest.mark.parametrize(
    ("cell", "quarter", "month"),
    [
        ("Tháng 5", 2, 5),
        ("Trong tháng 5", 2, 5),
        ("tháng 05/2021", 2, 5),
        ("Tháng 3, 6, 9", 3, 9),
        ("trước tháng 9", 3, None),
        ("tháng 5/2022", 4, None),
        ("Quý II", 2, None),
    ],
)
def test_a_month_is_a_term_of_its_own(cell: str, quarter: int, month: int | None) -> None:
    timing = read_timing(cell, 2021)
    assert (timing.quarter, timing.due_month) == (quarter, month)


@pytest.mark.parametrize(
    ("content", "month"),
    [
        ("Tổ chức Hội thi trong tháng 5", 5),
        ("Hoàn thành báo cáo trong tháng 12.", 12),
        ("Họp trong tháng 5 và tháng 6", None),
        ("Thực hiện trong tháng 13", None),
        ("Kỷ niệm tháng 5 lịch sử", None),
        ("Làm trong tháng 5, trong tháng 8", None),
    ],
)
def test_a_sentence_that_wants_its_work_within_a_month_says_so(content: str, month: int | None) -> None:
    assert month_in_text(content) == month


def test_a_month_in_the_sentence_is_taken_where_it_lies_in_the_quarter_of_the_row() -> None:
    table = "TT\tNội dung\tĐơn vị thực hiện\nQUÝ II\n1.\tTổ chức Hội thi trong tháng 5\t- Phòng Nội vụ\n"
    parsed = plan_with(table + "2.\tGặp mặt điển hình trong tháng 9\t- Phòng Nội vụ\n")
    assert [(task.quarter, task.due_month) for task in parsed.tasks] == [(2, 5), (2, None)]
    assert ("task.due_from_content", "task 1") in said(parsed)
