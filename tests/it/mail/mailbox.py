"""A mail server that keeps what it is given: each mail a file in a folder, with its headers and its text as a reader sees them.

Usage: mailbox.py PORT FOLDER. Prints one line when it listens, and ends with its standard input.
"""

import email
import email.policy
import sys
from pathlib import Path

from aiosmtpd.controller import Controller


class Keeper:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server, session, envelope) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        number = len(list(self.folder.glob("*.txt")))
        lines = [f"Envelope-To: {','.join(envelope.rcpt_tos)}"]
        lines += [f"{name}: {value}" for name, value in mail.items()]
        text = "\n".join(lines) + "\n\n" + mail.get_content()
        unfinished = self.folder / f"{number:03}.part"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.rename(self.folder / f"{number:03}.txt")
        return "250 kept"


def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    controller = Controller(Keeper(folder), hostname="127.0.0.1", port=port)
    controller.start()
    print("listening", flush=True)
    sys.stdin.read()
    controller.stop()


main()
