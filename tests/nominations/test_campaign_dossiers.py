"""Dossiers that come of a campaign: only units that joined it propose, and as what came of a campaign."""

from dataclasses import replace

from services.nominations.commands import SubmitNomination
from services.nominations.events import Category, NominationResubmitted, NominationReturned, NominationSubmitted
from services.plans.events import Campaign
from tests.nominations.histories import CLERK, DESK, RESUBMIT, RETURN, SUBMIT, UNIT, given

JOINED = Campaign(
    district=SUBMIT.district, campaign_id="ky-niem-45-nam", year=2020, title="Kỷ niệm 45 năm", joined=(UNIT,)
)
PROPOSED: SubmitNomination = replace(SUBMIT, campaign_id="ky-niem-45-nam", category=Category.CAMPAIGN)


def test_a_unit_that_joined_proposes_and_the_dossier_says_of_which_campaign() -> None:
    (event,) = given().when(PROPOSED, CLERK, campaign=JOINED).then(NominationSubmitted)
    assert isinstance(event, NominationSubmitted)
    assert (event.campaign_id, event.campaign_title) == ("ky-niem-45-nam", "Kỷ niệm 45 năm")
    (usual,) = given().when(SUBMIT, CLERK, campaign=JOINED).then(NominationSubmitted)
    assert isinstance(usual, NominationSubmitted)
    assert (usual.campaign_id, usual.campaign_title) == (None, None)


def test_nobody_proposes_for_a_campaign_that_was_not_launched_was_cancelled_or_that_the_unit_did_not_join() -> None:
    given().when(PROPOSED, CLERK, campaign=None).then_refused("campaign.not_found")
    cancelled = replace(JOINED, is_cancelled=True)
    given().when(PROPOSED, CLERK, campaign=cancelled).then_refused("campaign.cancelled")
    others = replace(JOINED, joined=("phong-noi-vu",))
    given().when(PROPOSED, CLERK, campaign=others).then_refused("campaign.unit_not_joined")


def test_what_came_of_a_campaign_is_of_that_category_and_stays_so() -> None:
    merit = replace(PROPOSED, category=Category.MERIT)
    given().when(merit, CLERK, campaign=JOINED).then_refused("dossier.category_not_campaign")
    story = given()
    story.events += story.when(PROPOSED, CLERK, campaign=JOINED).then(NominationSubmitted)
    story.when(PROPOSED, CLERK, campaign=JOINED).then_nothing()
    story.when(SUBMIT, CLERK).then_refused("dossier.exists")
    story.events += story.when(RETURN, DESK).then(NominationReturned)
    story.when(RESUBMIT, CLERK).then_refused("dossier.category_not_campaign")
    corrected = replace(RESUBMIT, category=Category.CAMPAIGN)
    story.events += story.when(corrected, CLERK).then(NominationResubmitted)
    assert story.state().campaign_id == "ky-niem-45-nam"
