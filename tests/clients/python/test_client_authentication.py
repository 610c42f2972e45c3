"""Every way in which an application proves who it is, with requests_oauth2client."""

import unittest

import requests
from jwskate import Jwk, SignedJwt
from requests_oauth2client import (
    ClientSecretBasic,
    ClientSecretJwt,
    ClientSecretPost,
    InvalidClient,
    OAuth2Client,
    PrivateKeyJwt,
    PublicApp,
)

import relying_party as rp

CLIENTS = rp.DEPLOYMENT["clients"]
MUTUAL_TLS = rp.DEPLOYMENT["mutualTls"]


def client(auth) -> OAuth2Client:
    """An application that proves who it is in this way."""
    issuer = rp.METADATA["issuer"]
    # The server is reached without TLS.
    return OAuth2Client.from_discovery_document(rp.METADATA, issuer=issuer, auth=auth, testing=True)


def client_showing(pair) -> OAuth2Client:
    """An application that shows a certificate where the metadata says, or none (RFC 8705 §5)."""
    session = requests.Session()
    # What the environment trusts would come before what is trusted here.
    session.trust_env = False
    session.verify = MUTUAL_TLS["server"]
    session.cert = pair and (pair["certificate"], pair["key"])
    aliases = rp.METADATA["mtls_endpoint_aliases"]
    return OAuth2Client(
        token_endpoint=aliases["token_endpoint"],
        introspection_endpoint=aliases["introspection_endpoint"],
        revocation_endpoint=aliases["revocation_endpoint"],
        # RFC 8705 §2: the client says in the request who it is.
        auth=PublicApp("device"),
        session=session,
    )


class ClientAuthentication(unittest.TestCase):
    """Tokens are issued to whoever has what it takes, and to nobody else."""

    def issues(self, application: OAuth2Client):
        token = application.client_credentials()
        self.assertFalse(token.is_expired())
        return token

    def refuses(self, application: OAuth2Client):
        with self.assertRaises(InvalidClient):
            application.client_credentials()

    def test_a_secret_in_the_header_and_in_the_body(self):
        for method in (ClientSecretBasic, ClientSecretPost):
            self.issues(client(method("worker", CLIENTS["worker"]["secret"])))
            self.refuses(client(method("worker", "another secret")))

    def test_a_signature_by_the_secret(self):
        self.issues(client(ClientSecretJwt("mac", CLIENTS["mac"]["secret"])))
        self.refuses(client(ClientSecretJwt("mac", CLIENTS["worker"]["secret"])))
        # The secret itself does not do.
        self.refuses(client(ClientSecretPost("mac", CLIENTS["mac"]["secret"])))

    def test_a_signature_by_a_private_key(self):
        self.issues(client(PrivateKeyJwt("robot", Jwk(CLIENTS["robot"]["privateJwk"]))))
        stranger = Jwk.generate(alg="ES256").with_kid_thumbprint()
        self.refuses(client(PrivateKeyJwt("robot", stranger)))

    def test_a_certificate(self):
        self.assertIn("tls_client_auth", rp.METADATA["token_endpoint_auth_methods_supported"])
        device = client_showing(MUTUAL_TLS["own"])
        token = self.issues(device)
        claims = SignedJwt(str(token.access_token)).claims
        told = device.introspect_token(token)
        self.assertTrue(told["active"])
        self.assertEqual(told["cnf"], claims["cnf"])
        self.assertEqual(set(told["cnf"]), {"x5t#S256"})
        self.refuses(client_showing(MUTUAL_TLS["forged"]))
        self.refuses(client_showing(None))
        # Where nobody is asked for a certificate, none is shown.
        self.refuses(client(PublicApp("device")))


if __name__ == "__main__":
    unittest.main()
