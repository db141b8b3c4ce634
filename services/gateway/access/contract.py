"""Wire models of the OAuth 2 server."""

from typing import Any

from pydantic import BaseModel, Field


class TokenBody(BaseModel):
    """An access token (RFC 6749 section 5.1)."""

    access_token: str = Field(description="JWT, `at+jwt` (RFC 9068), ES256")
    token_type: str = Field(examples=["Bearer"])
    expires_in: int = Field(description="Seconds", examples=[300])
    scope: str = Field(description="What it allows, between spaces", examples=["persons:read persons:search"])


class OAuthErrorBody(BaseModel):
    """A refusal (RFC 6749 section 5.2)."""

    error: str = Field(examples=["invalid_client"])
    error_description: str


class ServerMetadata(BaseModel):
    """Authorization server metadata (RFC 8414)."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    service_documentation: str


class OpenIdMetadata(ServerMetadata):
    """The same where OpenID Connect clients look for it."""

    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]


class JwksBody(BaseModel):
    """Public keys (RFC 7517)."""

    keys: list[dict[str, Any]]


TOKEN_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "scope": {"type": "string", "description": "Scopes between spaces; all that the client has, where left out"},
        "client_id": {"type": "string", "description": "With client_secret_post"},
        "client_secret": {"type": "string", "format": "password", "description": "With client_secret_post"},
    },
}
