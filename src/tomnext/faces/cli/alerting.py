"""Telling somebody that a rule fired: a webhook, or a mail through the desk's own mail server."""

import json
import smtplib
from collections.abc import Mapping
from email.message import EmailMessage
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tomnext.vocabulary.errors import ConnectorFailed, InputRejected
from tomnext.vocabulary.words import Text

SECONDS = 10
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
MAIL_PORT = 25


def checked_webhook(url: str) -> str:
    """The address of a webhook: https, or http on this machine. InputRejected otherwise."""
    parts = urlsplit(url)
    is_here = parts.scheme == "http" and parts.hostname in THIS_MACHINE
    if not parts.hostname or not (parts.scheme == "https" or is_here):
        raise InputRejected(
            Text("A webhook must be https.", "通知網址必須是 https。"),
            received=url,
            expected="https://…, http://localhost:…",
        )
    return url


def checked_mail(address: str) -> str:
    """A mail address: one @, something on both sides, no spaces or line ends. InputRejected otherwise."""
    name, _, host = address.partition("@")
    if not name or not host or "@" in host or any(char.isspace() or char in ",;<>" for char in address):
        raise InputRejected(
            Text("This is not a mail address.", "這不是電子郵件地址。"), received=address, expected="desk@example.com"
        )
    return address


def checked_server(server: str) -> tuple[str, int]:
    """Host and port of a mail server written ``host`` or ``host:port``. InputRejected for a port that is none."""
    host, _, port = server.rpartition(":") if ":" in server else (server, "", str(MAIL_PORT))
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise InputRejected(
            Text("This is not a mail server.", "這不是郵件伺服器。"), received=server, expected="localhost:25"
        )
    return host, int(port)


def post(url: str, record: Mapping[str, object]) -> None:
    """Send the record as JSON to a checked webhook. ConnectorFailed when it is not taken."""
    body = json.dumps(record, ensure_ascii=False, default=str).encode()
    try:
        with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=SECONDS):
            return
    except (URLError, OSError) as error:
        raise ConnectorFailed(
            Text("The webhook did not take the message.", "通知網址沒有收下訊息。"), received=str(error)
        ) from error


def mail(address: str, server: tuple[str, int], subject: str, record: Mapping[str, object]) -> None:
    """Send the record as JSON in a mail from and to a checked address. ConnectorFailed when the server refuses."""
    letter = EmailMessage()
    letter["From"] = letter["To"] = address
    letter["Subject"] = subject
    letter.set_content(json.dumps(record, ensure_ascii=False, indent=2, default=str))
    try:
        with smtplib.SMTP(*server, timeout=SECONDS) as smtp:
            smtp.send_message(letter)
    except (smtplib.SMTPException, OSError) as error:
        raise ConnectorFailed(
            Text("The mail server did not take the message.", "郵件伺服器沒有收下訊息。"),
            received=f"{server[0]}:{server[1]}: {error}",
        ) from error
