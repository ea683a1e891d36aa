"""Báo cáo định kỳ: what is asked, who has reported, and each report from its first figures to its acceptance."""

from services.portal.pages.reports.duty import router as duty
from services.portal.pages.reports.lists import router as lists
from services.portal.pages.reports.report import router as one_report

# The fixed addresses (…/doi-han) come before those with a reporter in their place.
ROUTERS = (duty, lists, one_report)

__all__ = ["ROUTERS"]
