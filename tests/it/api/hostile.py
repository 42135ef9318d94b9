"""Every published operation with what a schema allows and with what it forbids, some of each and always the same: nothing may break the
server. What it answers otherwise is not judged here.

Usage: hostile.py DOCUMENT BASE TOKEN. Ends with an exception, and with what was sent, when an answer is a 5xx or none.
"""

import os
import subprocess
import sys
import tempfile

EXAMPLES = "3"
SEED = "20261129"

# The names of the test servers are in no DNS: what the program starts with.
HERE = '''
import socket
_lookup = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **named: _lookup("127.0.0.1" if str(host).endswith(".test") else host, *rest, **named)
'''


def main(document, base, token):
    with tempfile.TemporaryDirectory(prefix="kontor-hostile-") as folder:
        with open(os.path.join(folder, "sitecustomize.py"), "w", encoding="utf-8") as file:
            file.write(HERE)
        done = subprocess.run(
            [
                sys.executable, "-m", "schemathesis.cli", "run", document, "--url", base,
                "--header", f"Authorization: Bearer {token}",
                "--checks", "not_a_server_error", "--phases", "examples,fuzzing", "--mode", "all",
                "--max-examples", EXAMPLES, "--seed", SEED, "--generation-deterministic",
                "--request-timeout", "20", "--no-color",
                # They do not end; and whoever takes the token back is asked nothing more.
                "--exclude-path-regex", "^/api/v1/streaming|^/oauth/(revoke|authorize)",
            ],
            cwd=folder, env={**os.environ, "PYTHONPATH": folder}, capture_output=True, text=True, timeout=110, check=False,
        )
    lines = done.stdout.splitlines()
    if done.returncode != 0:
        raise AssertionError("\n".join(lines[-200:]) + done.stderr[-4000:])
    print("\n".join(line for line in lines if "generated" in line or "tested" in line.lower()))


if __name__ == "__main__":
    main(*sys.argv[1:])
