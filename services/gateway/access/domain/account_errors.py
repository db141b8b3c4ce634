"""What is refused to people who sign in, and to those who administer them."""


class AccountRefusedError(Exception):
    """An account that cannot be made."""


class AccountUnknownError(AccountRefusedError):
    """There is no such account or organisation, or none that the asker may know of."""


class UsernameTakenError(AccountRefusedError):
    """The username is in use."""


class MalformedUsernameError(AccountRefusedError):
    """A username that is not 3 to 64 lower-case letters, digits, dots, hyphens and underscores."""


class AccountScopeError(AccountRefusedError):
    """A scope that no partner's account may carry."""


class InvitationInvalidError(Exception):
    """The invitation is unknown, used, replaced or older than 72 hours; says no more on purpose."""


class PasswordLengthError(Exception):
    """A password shorter than 12 or longer than 128 characters."""


class PasswordGuessableError(Exception):
    """A password that a patient guesser would find."""


class TooManyAttemptsError(Exception):
    """Somebody must wait before she tries again.

    Attributes:
        wait_s: How long, in whole seconds.
    """

    def __init__(self, wait_s: int) -> None:
        super().__init__()
        self.wait_s = wait_s


class PasskeyRefusedError(Exception):
    """An answer of an authenticator that does not fit: another challenge, origin, key or account."""


class LastFactorError(Exception):
    """The factor is the only one: without it nobody could sign in to the account."""
