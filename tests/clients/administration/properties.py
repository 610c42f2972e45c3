"""Asks the administration API what its OpenAPI document allows, and much that it does not.

Whatever is asked, the server does not fail, answers with a status that the document has and in the
form that it has, and does not call a body malformed that the document allows. The server is for this
alone: what is asked changes its configuration. Arguments are schemathesis's; those here come first.
Without --phases, all that take no longer than a minute together are asked.
"""

import json
import os
import pathlib
import subprocess
import sys

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
    "what_is_allowed_is_not_malformed",
]


# All but the one that asks every bound of every member, `--phases coverage`.
SHORT_PHASES = "examples,fuzzing,stateful"


def main() -> int:
    here = pathlib.Path(__file__).parent
    deployment = json.loads(pathlib.Path(os.environ["COUNTERSIGN_DEPLOYMENT"]).read_text())
    administrator = deployment["administrator"]
    command = [
        pathlib.Path(sys.executable).parent / "schemathesis",
        *("--config-file", here / "schemathesis.toml"),
        *("run", f"{deployment['admin']}/openapi.json"),
        *("--auth", f"{administrator['name']}:{administrator['password']}"),
        *("--header", "X-XSRF-Header: PingFederate"),
        *("--checks", ",".join(CHECKS)),
    ]
    if not any(argument.startswith("--phases") for argument in sys.argv):
        command += ["--phases", SHORT_PHASES]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(here)}
    return subprocess.run([*command, *sys.argv[1:]], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
