"""What every rule of a plan checks first: who asks, how far the plan is, and that its document is whole."""

from services.plans.commands import PlanCommand
from services.plans.decider.plan.state import Plan, PlanFacts, PlanStatus
from services.plans.decider.texts import needed_prose, prose
from services.plans.events import PlanText
from services.plans.rules import RIGHTS, is_document_number
from shared.errors import Rejected


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
    """Raise Rejected `plan.number_malformed`; a draft may have no number yet."""
    if number is not None and not is_document_number(number):
        raise Rejected("plan.number_malformed", number=number)


def check_text(text: PlanText) -> None:
    """Raise Rejected `plan.title_missing`, `plan.issuer_missing` or `text.too_long`."""
    needed_prose(text.title, Rejected("plan.title_missing"))
    needed_prose(text.issuer, Rejected("plan.issuer_missing"))
    for one in texts_of(text):
        prose(one)


def texts_of(text: PlanText) -> tuple[str, ...]:
    """Return every text that the parts of the document hold, empty ones too."""
    lists = (text.bases, text.purposes, text.requirements, text.solutions, text.organisation, text.recipients)
    signer = (text.signer.name, text.signer.post, text.signer.on_behalf_of or "") if text.signer else ()
    return (text.title, text.issuer, text.place or "", *signer, *(one for items in lists for one in items))
