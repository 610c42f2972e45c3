"""One-time codes that a real mail server and a real webhook receiver take."""

import email
import email.policy
import hashlib
import hmac
import json
import queue
import re
import ssl
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

import relying_party as rp
from person import Browser

PATIENCE = 20

MAIL = rp.DEPLOYMENT["mail"]
GATEWAY = rp.DEPLOYMENT["gateway"]
ERIN = rp.DEPLOYMENT["people"]["erin"]
FRANK = rp.DEPLOYMENT["people"]["frank"]


def code_in(text: str) -> str:
    """The code in a text that people read."""
    return re.search(r"\b\d{6,10}\b", text).group()


class Letters:
    """Takes every letter over TLS, after refusing the first one for now."""

    def __init__(self):
        self.taken = queue.Queue()
        self.tries = 0

    async def handle_DATA(self, server, session, envelope):
        self.tries += 1
        if self.tries == 1:
            return "451 4.7.1 Greylisted, try again"
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        encrypted = session.ssl is not None
        self.taken.put((envelope.rcpt_tos, letter, encrypted, session.authenticated))
        return "250 2.0.0 Taken"


def authenticate(server, session, envelope, mechanism, data):
    """Whether the server has shown the password that it was given."""
    right = (data.login, data.password) == (MAIL["name"].encode(), MAIL["password"].encode())
    return AuthResult(success=right)


class MailServer(unittest.TestCase):
    """A person to whom codes are mailed."""

    def setUp(self):
        self.letters = Letters()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(MAIL["certificate"], MAIL["key"])
        self.server = Controller(
            self.letters,
            hostname="127.0.0.1",
            port=MAIL["port"],
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            auth_require_tls=True,
            authenticator=authenticate,
        )
        self.server.start()

    def tearDown(self):
        self.server.stop()

    def test_a_code_by_mail_signs_a_person_on(self):
        letters = []

        def receive() -> str:
            letters.append(self.letters.taken.get(timeout=PATIENCE))
            return code_in(letters[0][1].get_content())

        _, claims, seen = rp.sign_on(
            rp.shop(), Browser(rp.DEPLOYMENT["issuer"]), {**ERIN, "receive": receive}
        )
        self.assertEqual(seen, ["sign-on", "one-time-code"])
        self.assertIn("otp", claims["amr"])
        [(recipients, letter, encrypted, authenticated)] = letters
        self.assertEqual(recipients, ["erin@xn--bcher-kva.example"])
        self.assertTrue(encrypted and authenticated)
        self.assertEqual(letter["From"], "Example <no-reply@example.com>")
        self.assertEqual(letter["Auto-Submitted"], "auto-generated")
        self.assertRegex(letter["Message-ID"], r"^<[0-9a-z]{26}@example\.com>$")
        self.assertTrue(letter["Subject"])
        # The first try was refused for now.
        self.assertEqual(self.letters.tries, 2)


class Receiver(BaseHTTPRequestHandler):
    """Takes every message, after failing at the first try."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, self.headers, body))
        first = len(self.server.requests) == 1
        self.send_response(503 if first else 202)
        self.end_headers()

    def log_message(self, *_):
        pass


class Gateway(unittest.TestCase):
    """A person who is sent codes as text messages."""

    def setUp(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", GATEWAY["port"]), Receiver)
        self.server.requests = []
        self.serving = threading.Thread(target=self.server.serve_forever)
        self.serving.start()

    def tearDown(self):
        self.server.shutdown()
        self.serving.join()
        self.server.server_close()

    def test_a_code_by_sms_signs_a_person_on(self):
        def receive() -> str:
            deadline = time.monotonic() + PATIENCE
            while len(self.server.requests) < 2 and time.monotonic() < deadline:
                time.sleep(0.05)
            return code_in(json.loads(self.server.requests[1][2])["text"])

        _, claims, seen = rp.sign_on(
            rp.shop(), Browser(rp.DEPLOYMENT["issuer"]), {**FRANK, "receive": receive}
        )
        self.assertEqual(seen, ["sign-on", "one-time-code"])
        self.assertIn("sms", claims["amr"])
        refused, taken = self.server.requests
        # The same again, so that a gateway that had taken it would have known.
        self.assertEqual(refused[2], taken[2])
        path, headers, body = taken
        message = json.loads(body)
        self.assertEqual(path, "/messages")
        self.assertEqual(headers["Authorization"], f"Bearer {GATEWAY['token']}")
        self.assertEqual(headers["Idempotency-Key"], message["id"])
        self.assertEqual((message["to"], message["channel"]), (FRANK["smsCode"], "sms"))
        mac = hmac.new(GATEWAY["signingSecret"].encode(), body, hashlib.sha256).hexdigest()
        self.assertEqual(headers["X-Countersign-Signature"], f"sha256={mac}")


if __name__ == "__main__":
    unittest.main()
