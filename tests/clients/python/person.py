"""A person in front of a browser without scripts, who fills in whatever form the server shows."""

import base64
import hashlib
import hmac
import struct
import time
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

MAX_STEPS = 20


def totp(secret: str) -> str:
    """The code that an authenticator app shows now (RFC 6238: SHA-1, six digits, 30 seconds)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    offset = mac[-1] & 15
    number = struct.unpack_from(">I", mac, offset)[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def code(person: dict) -> str:
    """The code that the person's app shows, or that they are sent."""
    return person["receive"]() if "receive" in person else totp(person["totpSecret"])


ANSWERS = {
    "sign-on": lambda person: {
        "username": person["username"],
        "password": person["password"],
        "action": "check-password",
    },
    "one-time-code": lambda person: {"otp": code(person), "action": "check-code"},
    "consent": lambda person: {"action": "allow"},
}


class Forms(HTMLParser):
    """The forms of a page, by id: where they go, and the fields a browser would send unasked."""

    def __init__(self, page: str):
        super().__init__()
        self.found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
        self._open: list[tuple[str, str]] | None = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self._open = []
            self.found[attributes.get("id", "")] = (attributes.get("action", ""), self._open)
        elif tag == "input" and self._open is not None and _is_sent(attributes):
            self._open.append((attributes["name"], attributes.get("value") or ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None


def _is_sent(attributes) -> bool:
    unchecked = attributes.get("type") == "checkbox" and "checked" not in attributes
    return bool(attributes.get("name")) and "disabled" not in attributes and not unchecked


class Browser:
    """Cookies and redirects, as far as the border of one origin."""

    def __init__(self, origin: str):
        self._origin = origin
        self._session = requests.Session()
        self._session.headers["Accept"] = "text/html"

    def visit(self, url: str, person: dict) -> tuple[str, list[str]]:
        """Opens `url` and answers every form, until the browser is sent away from the server.

        Returns where it was sent, and which forms the person saw.
        """
        seen = []
        request = ("GET", url, None)
        for _ in range(MAX_STEPS):
            if not self._is_home(request[1]):
                return request[1], seen
            response = self._send(*request)
            if response.is_redirect:
                request = ("GET", urljoin(response.url, response.headers["Location"]), None)
                continue
            forms = Forms(response.text).found
            form = next((name for name in ANSWERS if name in forms), None)
            if form is None:
                break
            seen.append(form)
            action, fields = forms[form]
            answers = ANSWERS[form](person)
            # Check boxes may share a name, so the fields stay a list of pairs.
            kept = [(name, value) for name, value in fields if name not in answers]
            request = ("POST", urljoin(response.url, action), kept + list(answers.items()))
        raise AssertionError(f"stuck at {request[1]} after {seen}: {response.text}")

    def _send(self, method: str, url: str, data: list | None) -> requests.Response:
        headers = {"Origin": self._origin} if method == "POST" else {}
        return self._session.request(
            method, url, data=data, headers=headers, allow_redirects=False, timeout=30
        )

    def _is_home(self, url: str) -> bool:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}" == self._origin
