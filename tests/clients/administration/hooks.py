"""What schemathesis is told of this API: what its texts look like, and what else to ask of answers."""

import schemathesis
from hypothesis import strategies
from schemathesis import GenerationMode

PRINTABLE = strategies.characters(codec="utf-8", exclude_categories=["C", "Z"])
LINE = strategies.text(PRINTABLE, min_size=1, max_size=30)
WEB = strategies.from_regex(r"https://[a-z]{1,8}\.example/[a-z]{0,8}", fullmatch=True)

FORMATS = {
    "id": strategies.from_regex(r"[A-Za-z0-9._-]{1,12}", fullmatch=True),
    "client-id": strategies.from_regex(r"[!-~]{1,12}", fullmatch=True),
    "scope": strategies.from_regex(r"[a-z:]{1,12}", fullmatch=True),
    "response-type": strategies.sampled_from(["code", "code id_token", "id_token token"]),
    "origin": strategies.from_regex(r"https://[a-z]{1,8}\.example", fullmatch=True),
    "jwks": strategies.just('{"keys":[]}'),
    "redirect-uri": WEB,
    "uri": WEB,
    "line": LINE,
    "name": LINE,
    "text": LINE,
}

for name, strategy in FORMATS.items():
    schemathesis.openapi.format(name, strategy)


@schemathesis.check
def what_is_allowed_is_not_malformed(ctx, response, case):
    """400 says that a body is no such object. The document must not allow one that is none."""
    is_allowed = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if is_allowed and response.status_code == 400:
        raise AssertionError(f"allowed, but malformed: {response.text}")
