"""The journeys of an application that is built with Authlib, an independent implementation."""

import unittest
from urllib.parse import parse_qs, urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError

import relying_party as rp
from person import Browser

ALICE = rp.DEPLOYMENT["people"]["alice"]
BOB = rp.DEPLOYMENT["people"]["bob"]


class Journeys(unittest.TestCase):
    """Each journey begins with a fresh browser."""

    def setUp(self):
        self.browser = Browser(rp.DEPLOYMENT["issuer"])

    def assert_refused(self, code, call, *args, **kwargs):
        with self.assertRaises(OAuthError) as refusal:
            call(*args, **kwargs)
        self.assertEqual(refusal.exception.error, code)

    def test_discovery_names_the_issuer_it_was_asked_for(self):
        self.assertEqual(rp.METADATA["issuer"], rp.DEPLOYMENT["issuer"])

    def test_a_person_signs_on_and_the_application_learns_who_they_are(self):
        client = rp.shop()
        tokens, claims, seen = rp.sign_on(client, self.browser, ALICE)
        self.assertEqual(seen, ["sign-on"])
        self.assertIn("pwd", claims["amr"])
        self.assertEqual(tokens["token_type"].lower(), "bearer")
        user = client.get(rp.METADATA["userinfo_endpoint"]).json()
        self.assertEqual(user["sub"], claims["sub"])
        self.assertEqual(user["email"], ALICE["email"])

    def test_a_person_with_an_authenticator_app_gives_its_code_as_well(self):
        _, claims, seen = rp.sign_on(rp.shop(), self.browser, BOB)
        self.assertEqual(seen, ["sign-on", "one-time-code"])
        self.assertIn("otp", claims["amr"])

    def test_another_application_needs_no_second_sign_on(self):
        _, first, _ = rp.sign_on(rp.shop(), self.browser, ALICE)
        _, second, seen = rp.sign_on(rp.signer(), self.browser, ALICE)
        self.assertEqual(seen, [])
        self.assertEqual(second["sub"], first["sub"])

    def test_a_public_client_needs_approval_once(self):
        _, _, first = rp.sign_on(rp.app(), self.browser, ALICE)
        _, _, second = rp.sign_on(rp.app(), self.browser, ALICE)
        self.assertEqual((first, second), (["sign-on", "consent"], []))

    def test_private_key_jwt_authenticates_a_client(self):
        client = rp.signer()
        first, _, _ = rp.sign_on(client, self.browser, ALICE)
        second = client.refresh_token(refresh_token=first["refresh_token"])
        self.assertNotEqual(second["access_token"], first["access_token"])

    def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_grant(self):
        client = rp.shop()
        first, _, _ = rp.sign_on(client, self.browser, ALICE)
        spent = first["refresh_token"]
        second = client.refresh_token(refresh_token=spent)
        self.assert_refused("invalid_grant", client.refresh_token, refresh_token=spent)
        self.assert_refused(
            "invalid_grant", client.refresh_token, refresh_token=second["refresh_token"]
        )

    def test_a_revoked_token_is_worth_nothing(self):
        client = rp.shop()
        tokens, _, _ = rp.sign_on(client, self.browser, ALICE)
        access = tokens["access_token"]
        self.assertTrue(rp.introspect(access)["active"])
        answer = client.revoke_token(rp.METADATA["revocation_endpoint"], token=access)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(rp.introspect(access), {"active": False})
        self.assertEqual(client.get(rp.METADATA["userinfo_endpoint"]).status_code, 401)

    def test_an_application_signs_a_person_out(self):
        client = rp.shop()
        tokens, _, _ = rp.sign_on(client, self.browser, ALICE)
        request = {
            "id_token_hint": tokens["id_token"],
            "post_logout_redirect_uri": rp.DEPLOYMENT["signedOutUri"],
            "state": "the way home",
        }
        url = add_params_to_uri(rp.METADATA["end_session_endpoint"], request)
        home, _ = self.browser.visit(url, ALICE)
        self.assertTrue(home.startswith(rp.DEPLOYMENT["signedOutUri"]))
        self.assertEqual(parse_qs(urlsplit(home).query)["state"], ["the way home"])
        _, _, seen = rp.sign_on(client, self.browser, ALICE)
        self.assertEqual(seen, ["sign-on"])

    def test_a_service_gets_a_token_for_itself(self):
        tokens = rp.worker().fetch_token(grant_type="client_credentials")
        self.assertNotIn("refresh_token", tokens)
        self.assertEqual(rp.introspect(tokens["access_token"])["client_id"], "worker")

    def test_a_wrong_secret_is_refused(self):
        stranger = rp.session("worker", "client_secret_post", "not the secret")
        self.assert_refused("invalid_client", stranger.fetch_token, grant_type="client_credentials")


if __name__ == "__main__":
    unittest.main()
