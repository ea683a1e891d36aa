"""The reads of periodic reports: lists, one report, one's own work, and the facts of decisions."""

from typing import get_args

from services.plans.commands import OneReportCommand, ReportDutyCommand
from services.plans.queries.asking import Answers, Facts
from services.plans.queries.report.detail import report_detail, suggested_duty
from services.plans.queries.report.facts import duty_facts, report_facts
from services.plans.queries.report.lists import city_reports, period_reports, year_reports
from services.plans.queries.report.work import own_reports
from services.plans.views import (
    ListReports,
    MyReports,
    ShowCityReports,
    ShowReport,
    ShowReportYear,
    SuggestReportDuty,
)

ANSWERS: Answers = {
    ShowReportYear: year_reports,
    ListReports: period_reports,
    ShowReport: report_detail,
    ShowCityReports: city_reports,
    MyReports: own_reports,
    SuggestReportDuty: suggested_duty,
}
FACTS: Facts = {
    **dict.fromkeys(get_args(ReportDutyCommand), duty_facts),
    **dict.fromkeys(get_args(OneReportCommand), report_facts),
}

__all__ = ["ANSWERS", "FACTS"]
