"""What access refuses."""


class AccessRefusedError(Exception):
    """The token's client is unknown or no longer active."""


class UnknownScopeError(Exception):
    """A scope that no operation asks for."""


class UnknownPurposeError(Exception):
    """A purpose that is not on the published list."""


class ClientExistsError(Exception):
    """The client id is taken."""


class WeakSecretError(Exception):
    """A secret chosen beforehand that is too short to stand for 256 random bits."""


class MalformedClientIdError(Exception):
    """A client id that is not 3 to 64 lower-case letters, digits, dots, hyphens and underscores."""


class DemoOutsideDemoError(Exception):
    """Demo credentials were asked for in an environment that is not for them."""
