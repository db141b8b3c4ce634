"""What each refusal about households, links and barriers becomes on the wire."""

from collections.abc import Mapping
from pathlib import Path

from services.kit import problems
from services.kit.problems import ProblemType
from services.registry.api.problems import PERIOD_OVERLAP
from services.registry.domain import barriers, change_requests, households, relationships, representatives

_CATALOGUE = problems.read_types(Path(__file__).with_name("household_problems.yaml"))
DISSOLVED = _CATALOGUE["household-dissolved"]
FULL = _CATALOGUE["household-full"]
HAS_HEAD = _CATALOGUE["household-has-head"]
NOT_A_MEMBER = _CATALOGUE["not-a-member"]
NOBODY_STAYS = _CATALOGUE["nobody-stays"]
SELF_RELATIONSHIP = _CATALOGUE["relationship-with-oneself"]
CUSTODY_SHARE = _CATALOGUE["custody-share"]
CUSTODY_OVERFULL = _CATALOGUE["custody-overfull"]
RELATIONSHIP_OVERLAP = _CATALOGUE["relationship-overlap"]
REPRESENTATIVE_UNCLEAR = _CATALOGUE["representative-unclear"]
REPRESENTATIVE_TWICE = _CATALOGUE["representative-twice"]
TOO_MANY_REPRESENTATIVES = _CATALOGUE["too-many-representatives"]
BARRIER_STANDS = _CATALOGUE["barrier-stands"]
BARRIER_TO_NOBODY = _CATALOGUE["barrier-to-nobody"]
TOO_MANY_BARRIERS = _CATALOGUE["too-many-barriers"]
LIFT_NOT_PROPOSED = _CATALOGUE["lift-not-proposed"]
ON_BOTH_SIDES = _CATALOGUE["on-both-sides"]
_EVERYBODYS = problems.read_types(Path(__file__).with_name("rights_problems.yaml"))
SECOND_PERSON = _EVERYBODYS["second-person-required"]

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    households.HouseholdNotFoundError: problems.NOT_FOUND,
    households.MemberNotFoundError: problems.NOT_FOUND,
    households.HouseholdDissolvedError: DISSOLVED,
    households.HouseholdFullError: FULL,
    households.HouseholdHasHeadError: HAS_HEAD,
    households.NotAMemberError: NOT_A_MEMBER,
    households.NobodyStaysError: NOBODY_STAYS,
    relationships.RelationshipNotFoundError: problems.NOT_FOUND,
    relationships.SelfRelationshipError: SELF_RELATIONSHIP,
    relationships.CustodyShareError: CUSTODY_SHARE,
    relationships.CustodyOverfullError: CUSTODY_OVERFULL,
    representatives.RepresentativeNotFoundError: problems.NOT_FOUND,
    representatives.RepresentativeUnclearError: REPRESENTATIVE_UNCLEAR,
    representatives.RepresentativeTwiceError: REPRESENTATIVE_TWICE,
    representatives.TooManyRepresentativesError: TOO_MANY_REPRESENTATIVES,
    barriers.BarrierNotFoundError: problems.NOT_FOUND,
    barriers.BarrierStandsError: BARRIER_STANDS,
    barriers.BarrierToNobodyError: BARRIER_TO_NOBODY,
    barriers.TooManyBarriersError: TOO_MANY_BARRIERS,
    barriers.LiftNotProposedError: LIFT_NOT_PROPOSED,
    barriers.OnBothSidesError: ON_BOTH_SIDES,
    change_requests.SecondPersonRequiredError: SECOND_PERSON,
}
CONSTRAINTS: Mapping[str, ProblemType] = {
    "uq_household_member_head": HAS_HEAD,
    "uq_household_member_valid": PERIOD_OVERLAP,
    "uq_relationship_valid": RELATIONSHIP_OVERLAP,
}
TYPES: tuple[ProblemType, ...] = ()
