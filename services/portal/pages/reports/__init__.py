"""Báo cáo định kỳ: what is asked, who has reported, and each report from its first figures to its acceptance."""

from services.portal.pages.reports import duty, lists, report

# The fixed addresses (…/doi-han) come before those with a reporter in their place.
ROUTERS = (duty.router, lists.router, report.router)

__all__ = ["ROUTERS"]
