"""Tokens that are bound to a key (RFC 9449), with requests_oauth2client.

The server of these tests asks for a nonce in every proof; the library fetches it and tries again.
"""

import unittest

import requests
from requests_oauth2client import (
    BearerToken,
    DPoPKey,
    DPoPToken,
    InvalidGrant,
    InvalidRequest,
    OAuth2Client,
)

import relying_party as rp
from person import Browser

DANA = rp.DEPLOYMENT["people"]["dana"]
USERINFO = rp.METADATA["userinfo_endpoint"]


def client(client_id: str) -> OAuth2Client:
    """The library's client for one of the deployment's clients."""
    secret = rp.DEPLOYMENT["clients"][client_id].get("secret")
    return OAuth2Client.from_discovery_document(
        rp.METADATA,
        issuer=rp.METADATA["issuer"],
        auth=(client_id, secret) if secret else client_id,
        redirect_uri=rp.DEPLOYMENT["redirectUri"],
        # The server is reached without TLS.
        testing=True,
    )


class Journeys(unittest.TestCase):
    """Each journey begins with a fresh browser and a new key."""

    def setUp(self):
        self.key = DPoPKey.generate()

    def code(self, application: OAuth2Client, key: DPoPKey):
        """A person signs on; returns the answer, with a code that is bound to `key`."""
        request = application.authorization_request(scope="openid email", dpop_key=key)
        callback, _ = Browser(rp.DEPLOYMENT["issuer"]).visit(request.uri, DANA)
        return request.validate_callback(callback)

    def test_a_person_signs_on_and_the_tokens_are_bound(self):
        shop = client("shop")
        tokens = shop.authorization_code(self.code(shop, self.key), validate=False)
        self.assertIsInstance(tokens, DPoPToken)
        self.assertIsNotNone(self.key.as_nonce)
        user = requests.get(USERINFO, auth=tokens, timeout=30)
        self.assertEqual((user.status_code, user.json()["email"]), (200, DANA["email"]))
        told = rp.introspect(tokens.access_token)
        self.assertEqual(told["token_type"], "DPoP")
        self.assertEqual(told["cnf"], {"jkt": self.key.dpop_jkt})
        renewed = shop.refresh_token(tokens)
        self.assertIsInstance(renewed, DPoPToken)

    def test_a_bound_token_is_no_bearer_token(self):
        shop = client("shop")
        tokens = shop.authorization_code(self.code(shop, self.key), validate=False)
        bearer = BearerToken(tokens.access_token)
        answer = requests.get(USERINFO, auth=bearer, timeout=30)
        self.assertEqual((answer.status_code, answer.json()["error"]), (401, "invalid_token"))

    def test_a_code_that_names_a_key_is_redeemed_with_it_alone(self):
        app = client("app")
        answer = self.code(app, self.key)
        sent = {"code_verifier": answer.code_verifier, "redirect_uri": answer.redirect_uri}
        for thief in ({}, {"dpop": True, "dpop_key": DPoPKey.generate()}):
            with self.assertRaises(InvalidGrant):
                app.authorization_code(answer.code, **sent, **thief)
        tokens = app.authorization_code(answer, validate=False)
        self.assertIsInstance(tokens, DPoPToken)

    def test_a_service_that_must_prove_a_key(self):
        prover = client("prover")
        with self.assertRaises(InvalidRequest):
            prover.client_credentials(dpop=False)
        tokens = prover.client_credentials(dpop=True, dpop_key=self.key)
        told = rp.introspect(tokens.access_token)
        self.assertEqual(told["cnf"], {"jkt": self.key.dpop_jkt})


if __name__ == "__main__":
    unittest.main()
