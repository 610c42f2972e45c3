"""What is asked of each answer besides what schemathesis asks."""

import schemathesis
from schemathesis import GenerationMode


@schemathesis.check
def what_is_allowed_is_not_malformed(ctx, response, case):
    """400 says that a body is no such object. The document must not allow one that is none."""
    is_allowed = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if is_allowed and response.status_code == 400:
        raise AssertionError(f"allowed, but malformed: {response.text}")
