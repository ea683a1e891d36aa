"""What every rule of a plan checks first: who asks, how far the plan is, and that texts are there and short enough."""

from services.plans.commands import PlanCommand
from services.plans.decider.plan.state import Plan, PlanFacts, PlanStatus
from services.plans.events import PlanText
from services.plans.rules import ATTACHMENTS_MAX, RIGHTS, TEXT_MAX, is_document_number
from shared.errors import Rejected
from shared.types import Attachment


def authorise(command: PlanCommand, facts: PlanFacts, unit_id: str | None = None) -> None:
    """Raise Rejected `actor.not_allowed` for who has no right to it, for the unit where one is named."""
    if not RIGHTS[type(command)].allows(facts.actor, on=facts.today, district=command.district, unit=unit_id):
        raise Rejected("actor.not_allowed", action=type(command).__name__)


def require_status(plan: Plan, plan_id: str, status: PlanStatus) -> None:
    """Raise Rejected `plan.not_found`, `plan.closed` or `plan.wrong_status` for a plan that is not that far."""
    if plan.status is PlanStatus.NONE:
        raise Rejected("plan.not_found", plan_id=plan_id)
    if plan.status is PlanStatus.CLOSED:
        raise Rejected("plan.closed", plan_id=plan_id)
    if plan.status is not status:
        raise Rejected("plan.wrong_status", plan_id=plan_id, status=plan.status, required=status)


def check_number(number: str | None) -> None:
    """Raise Rejected `plan.number_malformed`."""
    if number is not None and not is_document_number(number):
        raise Rejected("plan.number_malformed", number=number)


def check_text(text: PlanText) -> None:
    """Raise Rejected `plan.title_missing`, `plan.issuer_missing` or `text.too_long`."""
    required_text(text.title, "plan.title_missing")
    required_text(text.issuer, "plan.issuer_missing")
    lists = (text.bases, text.purposes, text.requirements, text.solutions, text.organisation, text.recipients)
    for part in (text.place or "", *(one for items in lists for one in items)):
        limited_text(part)


def required_text(text: str, code: str) -> str:
    """Return the text without blanks around it. Raises Rejected with the code where there is none."""
    stripped = limited_text(text)
    if not stripped:
        raise Rejected(code)
    return stripped


def limited_text(text: str, field: str = "") -> str:
    """Return the text without blanks around it. Raises Rejected `text.too_long`."""
    stripped = text.strip()
    if len(stripped) > TEXT_MAX:
        raise Rejected("text.too_long", limit=TEXT_MAX, field=field)
    return stripped


def attachments(facts: PlanFacts) -> tuple[Attachment, ...]:
    """Return the files that the command names. Raises Rejected `attachment.too_many`."""
    if len(facts.attachments) > ATTACHMENTS_MAX:
        raise Rejected("attachment.too_many", limit=ATTACHMENTS_MAX)
    return facts.attachments
