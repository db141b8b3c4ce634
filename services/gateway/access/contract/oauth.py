"""Wire models of the OAuth 2 server."""

from typing import Any

from pydantic import BaseModel, Field


class TokenBody(BaseModel):
    """An access token (RFC 6749 section 5.1)."""

    access_token: str = Field(description="JWT, `at+jwt` (RFC 9068), ES256")
    token_type: str = Field(description="`DPoP` where it is bound to a key", examples=["Bearer"])
    expires_in: int = Field(description="Seconds", examples=[300])
    refresh_token: str | None = Field(
        default=None, description="Good once; with grants that a person has agreed to, for clients that may refresh"
    )
    scope: str = Field(description="What it allows, between spaces", examples=["persons:read persons:search"])


class OAuthErrorBody(BaseModel):
    """A refusal (RFC 6749 section 5.2)."""

    error: str = Field(examples=["invalid_client"])
    error_description: str


class IntrospectionBody(BaseModel):
    """What a token is worth now (RFC 7662); only `active` where it is worth nothing."""

    active: bool
    token_type: str | None = None
    scope: str | None = None
    client_id: str | None = None
    sub: str | None = None
    aud: str | None = None
    iss: str | None = None
    exp: int | None = None
    iat: int | None = None
    jti: str | None = None
    org: str | None = Field(default=None, description="Code of the organisation")
    auth_time: int | None = Field(default=None, description="When the person signed in")
    cnf: dict[str, str] | None = Field(default=None, description="`jkt`: the key that it is bound to (RFC 9449)")


class ServerMetadata(BaseModel):
    """Authorization server metadata (RFC 8414)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    introspection_endpoint: str
    introspection_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_signing_alg_values_supported: list[str]
    revocation_endpoint: str
    revocation_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_signing_alg_values_supported: list[str]
    code_challenge_methods_supported: list[str]
    authorization_response_iss_parameter_supported: bool
    dpop_signing_alg_values_supported: list[str]
    prompt_values_supported: list[str]
    ui_locales_supported: list[str]
    service_documentation: str


class OpenIdMetadata(ServerMetadata):
    """The same where OpenID Connect clients look for it."""

    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]


class ResourceMetadata(BaseModel):
    """Protected resource metadata (RFC 9728): who writes the tokens that this API takes."""

    resource: str
    authorization_servers: list[str]
    scopes_supported: list[str]
    bearer_methods_supported: list[str]
    dpop_signing_alg_values_supported: list[str]
    resource_documentation: str


class JwksBody(BaseModel):
    """Public keys (RFC 7517)."""

    keys: list[dict[str, Any]]


_PROOF: dict[str, Any] = {
    "client_id": {"type": "string", "description": "With client_secret_post, and of public clients"},
    "client_secret": {"type": "string", "format": "password", "description": "With client_secret_post"},
    "client_assertion_type": {
        "type": "string",
        "enum": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
        "description": "With private_key_jwt",
    },
    "client_assertion": {
        "type": "string",
        "description": "With private_key_jwt: ES256; `iss`, `sub` the client, `aud` the issuer; a minute at most, once",
    },
}

TOKEN_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials", "authorization_code", "refresh_token"]},
        "scope": {"type": "string", "description": "Scopes between spaces; all that there may be, where left out"},
        "code": {"type": "string", "description": "With authorization_code"},
        "redirect_uri": {"type": "string", "description": "With authorization_code: the one that was asked with"},
        "code_verifier": {"type": "string", "description": "With authorization_code: PKCE, S256"},
        "refresh_token": {"type": "string", "description": "With refresh_token"},
        **_PROOF,
    },
}

QUESTION_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["token"],
    "properties": {
        "token": {"type": "string", "description": "An access token or a refresh token"},
        "token_type_hint": {"type": "string", "enum": ["access_token", "refresh_token"]},
        **_PROOF,
    },
}
