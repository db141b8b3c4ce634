"""Accounts of an organisation's people, for whoever administers partners."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.api import partner_problems
from services.gateway.access.api.dependencies import Recorded, Settings
from services.gateway.access.api.partner_views import Administered, Administrator, cut
from services.gateway.access.api.partners import PROPOSED
from services.gateway.access.contract.accounts import AccountBody, AccountPage, AccountPatch, InvitedBody, NewAccount
from services.gateway.access.domain.account_errors import (
    AccountScopeError,
    AccountUnknownError,
    UsernameTakenError,
)
from services.gateway.access.domain.accounts import Account, Invitation, held_back
from services.gateway.access.domain.approvals import Approval
from services.gateway.access.domain.records import Organisation
from services.gateway.access.operations.change_account import change_account as change
from services.gateway.access.operations.invite_account import invite_account as invite
from services.gateway.access.operations.propose_account import propose_account
from services.gateway.access.operations.reset_account import reset_account as reset
from services.gateway.access.store import accounts, factors
from services.kit import etags, problems
from services.kit.clock import Now
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page
from services.kit.problems import ProblemType, problem_type
from services.kit.routes import Router, documented

USERNAME_TAKEN = problem_type(
    "username-taken", 409,
    ("Identifiant déjà pris", "اسم المستخدم مستعمل", "The username is taken"),
    ("Choisissez un autre identifiant ; il est unique pour toutes les organisations.",
     "اختر اسم مستخدم آخر؛ فهو فريد بين كل المنظمات.",
     "Choose another username; it is unique among all organisations."),
)  # fmt: skip

REFUSALS: Mapping[type[Exception], ProblemType] = {
    AccountUnknownError: problems.NOT_FOUND,
    AccountScopeError: partner_problems.SCOPE_UNKNOWN,
    UsernameTakenError: USERNAME_TAKEN,
}

_PLACE = "/v1/partners/{partner_id}/accounts"
_ACCEPTED = 202
router = Router(tags=["partners"])


@router.get(_PLACE, operation_id="list_accounts")
async def list_accounts(
    request: Request, response: Response, partner_id: UUID, _caller: Administrator, session: ReadSession, page: Page
) -> AccountPage:
    """List an organisation's accounts by username."""
    after = page.after[0] if page.after else None
    records = await accounts.accounts_of(session, partner_id, after=after, limit=page.limit + 1)
    kept, cursor = cut(records, page, request, response, key=lambda record: [record.username])
    return AccountPage(items=[await _body(session, record) for record in kept], next=cursor)


@router.post(
    _PLACE,
    status_code=201,
    operation_id="invite_account",
    responses=documented(USERNAME_TAKEN, partner_problems.SCOPE_UNKNOWN),
)
async def invite_account(
    *,
    body: NewAccount,
    request: Request,
    response: Response,
    partner: Administered,
    by: Recorded,
    session: WriteSession,
    settings: Settings,
    at: Now,
) -> InvitedBody:
    """Make an account and a link with which its owner sets her password; the link is shown this once.

    Scopes that decide on the rights of others, or open what is confidential, are held back until a second person
    approves them.
    """
    withheld = held_back(body.scopes)
    invitation = await invite(
        session,
        organisation=partner.code,
        username=body.username,
        display_name=body.display_name,
        scopes=frozenset(body.scopes) - withheld,
        language=body.language,
        at=at,
    )
    approval = None
    if withheld:
        approval = await propose_account(session, invitation.account, scopes=body.scopes, by=by, at=at)
    response.headers["location"] = f"/v1/partners/{partner.id}/accounts/{invitation.account.id}"
    return await _invited(
        invitation, approval=approval, request=request, response=response, session=session, base=settings.public_url
    )


async def _administered_account(account_id: UUID, partner: Administered, session: WriteSession) -> Account:
    return await _of_partner(session, partner, account_id)


AdministeredAccount = Annotated[Account, Depends(_administered_account, scope="function")]


@router.get(f"{_PLACE}/{{account_id}}", operation_id="read_account")
async def read_account(
    partner_id: UUID, account_id: UUID, response: Response, _caller: Administrator, session: ReadSession
) -> AccountBody:
    """Read an account."""
    found = await accounts.find_account(session, account_id)
    organisation = None if found is None else await accounts.organisation_of(session, found.organisation)
    if found is None or organisation is None or organisation[0] != partner_id:
        raise AccountUnknownError
    response.headers["etag"] = etags.etag(found.version)
    return await _body(session, found)


@router.patch(
    f"{_PLACE}/{{account_id}}",
    operation_id="amend_account",
    responses={**documented(partner_problems.SCOPE_UNKNOWN, partner_problems.ALREADY_PROPOSED), **PROPOSED},
)
async def amend_account(
    *,
    patch: AccountPatch,
    response: Response,
    account: AdministeredAccount,
    version: etags.IfMatch,
    by: Recorded,
    session: WriteSession,
    at: Now,
) -> AccountBody:
    """Change an account; stopping it ends its sessions and tokens at once.

    Where it would gain a right that takes two persons, the whole change is proposed, and nothing changes yet.
    """
    if account.version != version:
        raise etags.VersionConflictError
    scopes = account.scopes if patch.scopes is None else frozenset(patch.scopes)
    active = account.enabled if patch.active is None else patch.active
    had = account.scopes if account.enabled or not active else ()
    if held_back(scopes, had=had):
        approval = await propose_account(
            session,
            account,
            scopes=scopes,
            by=by,
            at=at,
            active=active,
            language=patch.language,
            display_name=patch.display_name,
        )
        response.status_code = _ACCEPTED
        response.headers["location"] = f"/v1/approvals/{approval.id}"
        return await _body(session, account)
    changed = await change(
        session,
        account.id,
        version=version,
        active=active,
        scopes=scopes,
        language=patch.language or account.language,
        display_name=patch.display_name or account.display_name,
        at=at,
    )
    response.headers["etag"] = etags.etag(changed.version)
    return await _body(session, changed)


@router.post(
    f"{_PLACE}/{{account_id}}/reset",
    operation_id="reset_account",
    responses=documented(partner_problems.ALREADY_PROPOSED),
)
async def reset_account(
    *,
    request: Request,
    response: Response,
    account: AdministeredAccount,
    by: Recorded,
    session: WriteSession,
    settings: Settings,
    at: Now,
) -> InvitedBody:
    """Let somebody begin anew who has lost her password or her device: a new link; sessions and tokens end.

    Scopes that take two persons are held back until a second person approves them again.
    """
    invitation = await reset(session, account.id, at=at)
    approval = None
    if held_back(account.scopes):
        approval = await propose_account(session, invitation.account, scopes=account.scopes, by=by, at=at)
    return await _invited(
        invitation, approval=approval, request=request, response=response, session=session, base=settings.public_url
    )


async def _of_partner(session: AsyncSession, partner: Organisation, account_id: UUID) -> Account:
    found = await accounts.find_account(session, account_id)
    if found is None or found.organisation != partner.code:
        raise AccountUnknownError
    return found


async def _invited(
    invitation: Invitation,
    *,
    approval: Approval | None,
    request: Request,
    response: Response,
    session: AsyncSession,
    base: str,
) -> InvitedBody:
    """Return the answer with its link; what is kept for an Idempotency-Key is the answer without it.

    A link is never stored, and a kept answer would store it for a day.
    """
    answer = InvitedBody(
        **(await _body(session, invitation.account)).model_dump(),
        invitation_url=f"{base}/invitation?token={invitation.token}",
        invitation_expires_at=invitation.expires_at,
        approval_id=None if approval is None else approval.id,
    )
    response.headers["etag"] = etags.etag(invitation.account.version)
    response.headers["cache-control"] = "no-store"
    state = request.state
    if state.claim is not None and state.claim.claimed:
        kept = answer.model_copy(update={"invitation_url": None}).model_dump_json()
        headers = {name: response.headers[name] for name in ("location", "etag") if name in response.headers}
        status = 201 if "location" in headers else 200
        await state.claim.keep(session, Response(kept, status, headers, media_type="application/json"))
        state.claim = None
    return answer


async def _body(session: AsyncSession, account: Account) -> AccountBody:
    proof = await factors.factors_of(session, account.id)
    return AccountBody.model_validate(
        {
            "id": account.id,
            "username": account.username,
            "display_name": account.display_name,
            "language": account.language,
            "scopes": sorted(account.scopes),
            "active": account.enabled,
            "password": proof.password,
            "second_factor": proof.second,
            "version": account.version,
            "created_at": account.created_at,
        }
    )
