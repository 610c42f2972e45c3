"""Requests that are pushed (RFC 9126), signed (RFC 9101) and detailed (RFC 9396), and signed answers.

Built with requests_oauth2client, whose defaults are PingFederate's, and jwskate, on which it is built.
"""

import json
import secrets
import types
import unittest
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from jwskate import Jwk, JwkSet, SignedJwt
from requests_oauth2client import (
    AuthorizationRequest,
    InvalidRequest,
    InvalidScope,
    OAuth2Client,
    PrivateKeyJwt,
)
from requests_oauth2client.vendor_specific import Ping

import relying_party as rp
from person import Browser

ALICE = rp.DEPLOYMENT["people"]["alice"]
ISSUER = rp.METADATA["issuer"]
KEYS = JwkSet(requests.get(rp.METADATA["jwks_uri"], timeout=30).json())


def key_of(client_id: str) -> Jwk:
    """The key with which a client signs."""
    return Jwk(rp.DEPLOYMENT["clients"][client_id]["privateJwk"])


def client(client_id: str) -> OAuth2Client:
    """The library's client for one of the deployment's clients."""
    known = rp.DEPLOYMENT["clients"][client_id]
    auth = (client_id, known["secret"]) if "secret" in known else None
    return OAuth2Client.from_discovery_document(
        rp.METADATA,
        issuer=ISSUER,
        auth=auth or PrivateKeyJwt(client_id, key_of(client_id)),
        redirect_uri=rp.DEPLOYMENT["redirectUri"],
        # The server is reached without TLS.
        testing=True,
    )


def to_be_signed(application: OAuth2Client, **parameters) -> AuthorizationRequest:
    """A request that says from whom and for whom it is, so that it can be signed."""
    parties = {"iss": application.client_id, "aud": ISSUER, "jti": secrets.token_urlsafe()}
    return application.authorization_request(scope="openid email", **parties, **parameters)


def push_signed(application: OAuth2Client, request: AuthorizationRequest):
    """Pushes a request object, which the library does not know to be possible."""
    signed = request.sign(key_of(application.client_id), lifetime=60)
    args = {"client_id": application.client_id, "request": str(signed.request)}
    return application.pushed_authorization_request(
        types.SimpleNamespace(args=args, dpop_key=None)
    )


class Journeys(unittest.TestCase):
    """Each journey begins with a fresh browser."""

    def visit(self, request) -> str:
        """A person signs on for a request; returns where they were sent."""
        callback, _ = Browser(ISSUER).visit(request.uri, ALICE)
        return callback

    def redeem(self, application: OAuth2Client, request: AuthorizationRequest, callback: str):
        """The application takes the answer, and learns who the person is."""
        answer = request.validate_callback(callback)
        tokens = application.authorization_code(answer, validate=False)
        user = requests.get(rp.METADATA["userinfo_endpoint"], auth=tokens, timeout=30)
        self.assertEqual(user.json()["email"], ALICE["email"])

    def test_the_endpoints_are_where_the_library_expects_pingfederate_to_have_them(self):
        expected = Ping.client("as.example", auth=("client", "secret"))
        for name in (
            "authorization_endpoint",
            "token_endpoint",
            "revocation_endpoint",
            "userinfo_endpoint",
            "introspection_endpoint",
            "jwks_uri",
        ):
            path = urlsplit(getattr(expected, name)).path
            self.assertEqual(urlsplit(rp.METADATA[name]).path, path, name)

    def test_a_request_is_pushed(self):
        for client_id in ("shop", "signer"):
            application = client(client_id)
            request = application.authorization_request(scope="openid email")
            pushed = application.pushed_authorization_request(request)
            self.assertTrue(pushed.request_uri.startswith("urn:ietf:params:oauth:request_uri:"))
            self.redeem(application, request, self.visit(pushed))

    def test_what_would_be_refused_is_refused_when_it_is_pushed(self):
        shop = client("shop")
        wrong = shop.authorization_request(scope="openid nonsense")
        with self.assertRaises(InvalidScope):
            shop.pushed_authorization_request(wrong)
        elsewhere = shop.authorization_request(redirect_uri="https://evil.example/callback")
        with self.assertRaises(InvalidRequest):
            shop.pushed_authorization_request(elsewhere)

    def test_a_request_is_signed(self):
        signer = client("signer")
        request = to_be_signed(signer)
        signed = request.sign(key_of("signer"), lifetime=60)
        self.redeem(signer, request, self.visit(signed))

    def test_a_request_is_signed_and_encrypted(self):
        signer = client("signer")
        published = [key for key in KEYS.jwks if key.get("use") == "enc"]
        algorithms = {"RSA": "RSA-OAEP-256", "EC": "ECDH-ES+A256KW"}
        self.assertEqual({key["kty"] for key in published}, set(algorithms))
        for key in published:
            request = to_be_signed(signer)
            sealed = request.sign_and_encrypt(
                key_of("signer"), key, enc_alg=algorithms[key["kty"]], lifetime=60
            )
            self.redeem(signer, request, self.visit(sealed))

    def test_a_request_is_signed_and_pushed(self):
        signer = client("signer")
        request = to_be_signed(signer)
        self.redeem(signer, request, self.visit(push_signed(signer, request)))

    def test_an_answer_is_signed(self):
        bank = client("bank")
        for mode in ("jwt", "query.jwt", "fragment.jwt"):
            request = to_be_signed(bank, response_mode=mode)
            callback = urlsplit(self.visit(push_signed(bank, request)))
            sent = callback.fragment if mode == "fragment.jwt" else callback.query
            [response] = parse_qs(sent)["response"]
            answer = SignedJwt(response)
            self.assertTrue(answer.verify_signature(KEYS, alg="ES256"))
            self.assertEqual(answer.typ, "oauth-authz-resp+jwt")
            self.assertFalse(answer.is_expired())
            claims = dict(answer.claims)
            self.assertEqual((claims["iss"], claims.pop("aud")), (ISSUER, "bank"))
            redirected = f"{request.redirect_uri}?{urlencode(claims)}"
            self.redeem(bank, request, redirected)

    def test_a_payment_is_approved_and_told(self):
        """RFC 9396, in the address and pushed."""
        merchant = client("merchant")
        details = [
            {
                "type": "payment_initiation",
                "instructedAmount": {"currency": "EUR", "amount": "123.50"},
                "creditorName": "Merchant A",
                "creditorAccount": {"iban": "DE02100100109307118603"},
            }
        ]
        for is_pushed in (False, True):
            request = merchant.authorization_request(
                scope="openid email", authorization_details=json.dumps(details)
            )
            sent = merchant.pushed_authorization_request(request) if is_pushed else request
            callback, seen = Browser(ISSUER).visit(sent.uri, ALICE)
            self.assertIn("consent", seen)
            answer = request.validate_callback(callback)
            tokens = merchant.authorization_code(answer, validate=False)
            self.assertEqual(tokens.as_dict()["authorization_details"], details)
            told = client("api").introspect_token(tokens.access_token)
            self.assertEqual(told["authorization_details"], details)


if __name__ == "__main__":
    unittest.main()
