"""Cụm, khối thi đua: the groups of a year, their charters and reviews, and who leads them next."""

from services.portal.pages.groups import acting
from services.portal.pages.groups.showing import may_lead, router, timeline_entry

__all__ = ["acting", "may_lead", "router", "timeline_entry"]
