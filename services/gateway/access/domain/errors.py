"""What access refuses."""


class AccessRefusedError(Exception):
    """The token's client is unknown or no longer active."""


class UnknownScopeError(Exception):
    """A scope that no operation asks for."""


class ClientExistsError(Exception):
    """The client id is taken."""


class WeakSecretError(Exception):
    """A secret chosen beforehand that is too short to stand for 256 random bits."""


class MalformedClientIdError(Exception):
    """A client id that is not 3 to 64 lower-case letters, digits, dots, hyphens and underscores."""


class DemoOutsideDemoError(Exception):
    """Demo credentials were asked for in an environment that is not for them."""


class TermsRefusedError(Exception):
    """An agreement that says nothing, or something that the catalogue does not know.

    Attributes:
        pointer: JSON Pointer to what is wrong.
        code: Stable code of what is wrong.
    """

    def __init__(self, pointer: str, code: str) -> None:
        super().__init__(code)
        self.pointer, self.code = pointer, code


class TermsWidenedError(Exception):
    """An amendment that would give more than the agreement does: that is a new proposal."""


class AgreementStateError(Exception):
    """The agreement is not in the state that the change needs."""


class SecondPersonRequiredError(Exception):
    """Somebody would approve what she has proposed herself."""


class AlreadyProposedError(Exception):
    """The same change waits for a second person already."""


class AlreadyDecidedError(Exception):
    """The proposal was approved or rejected before."""


class UnknownPartnerError(Exception):
    """There is no such organisation, client, agreement or proposal, or not for this caller."""


class PartnerExistsError(Exception):
    """The code of the organisation is taken."""


class ClientUnfitError(Exception):
    """A client whose grants, ways of proving itself, redirects and keys do not fit together.

    Attributes:
        pointer: JSON Pointer to what is wrong.
        code: Stable code of what is wrong.
    """

    def __init__(self, pointer: str, code: str) -> None:
        super().__init__(code)
        self.pointer, self.code = pointer, code


class NoSecretError(Exception):
    """The client proves itself otherwise than by a secret: there is none to renew."""


class OwnSecretError(Exception):
    """The secret of a client that administers partners is renewed by that client alone."""


class AssertionRefusedError(Exception):
    """A client's signed assertion is not about itself, not for us, too old, too long, or used before."""


class ProofRefusedError(Exception):
    """A proof of possession is not for this request, not by this key, too old, or used before."""


class ClientRefusedError(Exception):
    """A client does not prove who it is, or tries to in several ways at once.

    Attributes:
        error: In the words of RFC 6749 section 5.2.
    """

    def __init__(self, error: str = "invalid_client") -> None:
        super().__init__(error)
        self.error = error


class AuthorisationRefusedError(Exception):
    """A request for a person's consent that cannot be put to her.

    Attributes:
        error: In the words of RFC 6749 section 4.1.2.1.
        redirect_uri: Where to say so; None where the client or the address is not known: then only the person is told.
        state: The client's own, to be given back.
    """

    def __init__(self, error: str, redirect_uri: str | None = None, state: str | None = None) -> None:
        super().__init__(error)
        self.error, self.redirect_uri, self.state = error, redirect_uri, state


class IssuerRefusedError(Exception):
    """An outside issuer's documents are not what they must be: another issuer's, or not fetched safely."""


class ProposalStaleError(Exception):
    """What the proposal would change has changed since: it must be proposed again."""
