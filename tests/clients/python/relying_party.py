"""An application built with Authlib."""

import json
import os
from pathlib import Path

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import JWSRegistry

from person import Browser

DEPLOYMENT = json.loads(Path(os.environ["COUNTERSIGN_DEPLOYMENT"]).read_text(encoding="utf-8"))
METADATA = requests.get(
    f"{DEPLOYMENT['issuer']}/.well-known/openid-configuration", timeout=30
).json()


def session(client_id: str, method: str, secret=None) -> OAuth2Session:
    """Authlib's client for one of the deployment's clients."""
    client = OAuth2Session(
        client_id,
        secret,
        scope="openid profile email",
        redirect_uri=DEPLOYMENT["redirectUri"],
        code_challenge_method="S256",
        token_endpoint=METADATA["token_endpoint"],
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
    )
    client.register_client_auth_method(PrivateKeyJWT(METADATA["token_endpoint"], alg="ES256"))
    return client


def shop() -> OAuth2Session:
    """A web application with a secret."""
    return session("shop", "client_secret_basic", DEPLOYMENT["clients"]["shop"]["secret"])


def app() -> OAuth2Session:
    """An application without a secret."""
    return session("app", "none")


def signer() -> OAuth2Session:
    """A web application that proves who it is with a signature."""
    key = ECKey.import_key(DEPLOYMENT["clients"]["signer"]["privateJwk"])
    return session("signer", PrivateKeyJWT.name, key)


def worker() -> OAuth2Session:
    """A service that acts for itself."""
    client = session("worker", "client_secret_post", DEPLOYMENT["clients"]["worker"]["secret"])
    client.scope = None
    return client


def introspect(token: str) -> dict:
    """What the server tells a resource server about `token`."""
    api = session("api", "client_secret_basic", DEPLOYMENT["clients"]["api"]["secret"])
    answer = api.introspect_token(METADATA["introspection_endpoint"], token=token)
    answer.raise_for_status()
    return answer.json()


def sign_on(client: OAuth2Session, browser: Browser, person: dict, **parameters):
    """The whole journey; returns the tokens, the verified ID token's claims and the forms seen."""
    verifier, nonce = generate_token(48), generate_token(20)
    url, state = client.create_authorization_url(
        METADATA["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **parameters
    )
    callback, seen = browser.visit(url, person)
    tokens = client.fetch_token(
        authorization_response=callback, code_verifier=verifier, state=state
    )
    return tokens, id_token(client, tokens, nonce), seen


def id_token(client: OAuth2Session, tokens: dict, nonce: str) -> CodeIDToken:
    """The claims of an ID token, after every check of OpenID Connect Core §3.1.3.7."""
    keys = KeySet.import_key_set(requests.get(METADATA["jwks_uri"], timeout=30).json())
    algorithms = METADATA["id_token_signing_alg_values_supported"]
    registry = JWSRegistry(algorithms=algorithms, strict_check_header=False)
    token = jwt.decode(tokens["id_token"], key=keys, registry=registry)
    claims = CodeIDToken(
        token.claims,
        token.header,
        {
            "iss": {"essential": True, "value": METADATA["issuer"]},
            "aud": {"essential": True, "value": client.client_id},
        },
        {
            "nonce": nonce,
            "client_id": client.client_id,
            "access_token": tokens["access_token"],
        },
    )
    claims.validate(leeway=5)
    return claims
