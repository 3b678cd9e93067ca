"""Values that no converter takes."""

from __future__ import annotations

from portcall import Auth, ClientCertificate, OAuth2Endpoints, RequestOptions

AUTH = Auth(access_token=b"t")  # wrong: a token is text
SCOPES = Auth(scopes=[1])  # wrong: a scope is text
CERTIFICATE = ClientCertificate(certificate="pem", private_key=None)  # wrong: a key is text
ENDPOINTS = OAuth2Endpoints(token_url="https://a", grant="basic")  # wrong: no way
OPTIONS = RequestOptions(headers={"X": 1})  # wrong: a header is text
