"""A one-time link by mail, for whoever has a mail server. The letter holds the link and nothing else."""

import os
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

from mapper.model import Problem
from mapper.text import N_

_PATIENCE_S = 15.0


def link_of(token: str, site: str = "http://127.0.0.1:8000") -> str:
    """The one-time link that a token makes: on `MAPPER_PUBLIC_URL`, else on the site that was asked.

    >>> link_of("t0k3n", "https://kaart.example/")
    'https://kaart.example/invitation?link=t0k3n'
    """
    return f"{(os.environ.get('MAPPER_PUBLIC_URL') or site).rstrip('/')}/invitation?link={token}"


def can_send() -> bool:
    """Whether there is a mail server."""
    return bool(os.environ.get("MAPPER_SMTP_URL"))


def send_link(address: str, link: str) -> None:
    """Sends a link through `MAPPER_SMTP_URL`, such as `smtps://user:password@mail.example.org?from=mapper@example.org`.

    `smtp://` asks for STARTTLS unless the server is this very machine. Raises `Problem` when it cannot be sent.
    """
    parts = urlsplit(os.environ["MAPPER_SMTP_URL"])
    letter = EmailMessage()
    letter["From"] = parse_qs(parts.query).get("from", [f"mapper@{parts.hostname}"])[0]
    letter["To"] = address
    letter["Subject"] = "mapper"
    letter.set_content(link)
    host, safe = parts.hostname or "localhost", ssl.create_default_context()
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=_PATIENCE_S, context=safe)
        else:
            server = smtplib.SMTP(host, parts.port or 587, timeout=_PATIENCE_S)
        with server:
            if parts.scheme != "smtps" and host not in ("localhost", "127.0.0.1", "::1"):
                server.starttls(context=safe)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(letter)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        # Only the kind of error: what a mail server answers can hold the address.
        raise Problem(
            N_("The mail could not be sent ({kind}). Hand the link over yourself, and look at MAPPER_SMTP_URL."),
            kind=type(error).__name__,
        ) from None
