"""The pages of a district's year: one list, drawn as a strip on each of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class YearLink:
    """One page of the strip."""

    label: str
    href: str
    is_current: bool


# What a district does in a year, in the order in which it is done; `{district}` and `{year}` stand for themselves.
YEAR_PAGES = (
    ("Tổng quan", "/tong-quan/{district}?nam={year}"),
    ("Kế hoạch", "/ke-hoach/{district}/{year}"),
    ("Kế hoạch đơn vị", "/ke-hoach-don-vi/{district}/{year}"),
    ("Đăng ký", "/dang-ky/{district}/{year}"),
    ("Giao ước", "/giao-uoc/{district}/{year}"),
    ("Cụm, khối", "/cum-khoi/{district}/{year}"),
    ("Đợt thi đua", "/dot-thi-dua/{district}/{year}"),
    ("Báo cáo định kỳ", "/bao-cao-dinh-ky/{district}/{year}"),
    ("Kiểm tra", "/kiem-tra/{district}/{year}"),
    ("Tập huấn", "/tap-huan/{district}/{year}"),
)


def year_links(district: str, year: int, path: str) -> list[YearLink]:
    """Return the strip's links; the current one is that whose address begins the path."""
    links = []
    for label, pattern in YEAR_PAGES:
        href = pattern.format(district=district, year=year)
        page = href.partition("?")[0]
        links.append(YearLink(label=label, href=href, is_current=path == page or path.startswith(f"{page}/")))
    return links
