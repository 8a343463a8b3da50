"""E-mail: text and HTML, one conversation for each group. The server is that of the settings (EMAIL_HOST…)."""

import hashlib
import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import partial
from typing import Any

from django.conf import settings as site_settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import timezone

from integrations.destinations import wording
from integrations.destinations.kind import Field, Notice, Pane, Passing, Permanent, Receipt, Settings, Step
from integrations.destinations.trying import tried

SECONDS = 10.0  # for each answer of the server
SUBJECT, RECIPIENTS, ALERTS = 180, 50, 50


class Email:
    name = "email"
    label = "E-mail"
    fields: Sequence[Field] = (
        Field("to", "To", "lines", "Addresses.", required=True),
        Field("sender", "From", help="Else DEFAULT_FROM_EMAIL."),
    )

    def check(self, settings: Settings) -> Mapping[str, str]:
        to = recipients(settings)
        wrong = [address for address in (*to, sender(settings)) if not valid(address)]
        if not site_settings.EMAIL_HOST:
            return {"to": "no mail can be sent: EMAIL_HOST is not set"}
        if wrong:
            return {"to" if wrong[0] in to else "sender": f"{wrong[0]!r} is no address"}
        return {} if 0 < len(to) <= RECIPIENTS else {"to": f"1 to {RECIPIENTS} addresses"}

    def preview(self, settings: Settings, notice: Notice) -> Sequence[Pane]:
        mail = message(notice, recipients(settings), sender(settings))
        shown = {kind: mail.get_body((kind,)) for kind in ("html", "plain")}
        return [
            Pane("Headers", "\n".join(f"{name}: {value}" for name, value in mail.items()), "code"),
            *(Pane("As HTML", str(part.get_content()), "page") for part in [shown["html"]] if part),
            *(Pane("As text", str(part.get_content()), "code") for part in [shown["plain"]] if part),
        ]

    def test(self, settings: Settings) -> Iterator[Step]:
        """Everything but the mail itself."""
        yield tried("The server answers and lets us in", entered)
        for address in recipients(settings):
            yield tried(f"It takes mail to {address}", partial(offered, sender(settings), address))

    def tell(self, settings: Settings, notice: Notice) -> Receipt:
        to, known = recipients(settings), notice.reference
        mail = message(notice, to, sender(settings), known)
        mail["Date"] = format_datetime(timezone.now())
        with connected() as server:
            refused = server.send_message(mail, to_addrs=to)
        answer = f"taken, but not for {', '.join(refused)}" if refused else "taken"
        return Receipt(answer, known or {"subject": mail["Subject"], "root": mail["Message-ID"]})


def message(
    notice: Notice, to: Sequence[str], sender: str, known: Mapping[str, Any] | None = None, **headers: str
) -> EmailMessage:
    """``known``: of the first mail of the conversation. Its subject is kept, or it would be another conversation."""
    made = EmailMessage()
    domain = parseaddr(sender)[1].rpartition("@")[2]
    made["From"], made["To"] = sender, ", ".join(to)
    made["Subject"] = f"Re: {known['subject']}" if known else wording.cut(wording.headline(notice), SUBJECT)
    made["Message-ID"] = f"<{hashlib.sha256(notice.key.encode()).hexdigest()[:32]}@{domain}>"
    if known:
        made["In-Reply-To"] = made["References"] = known["root"]
    made["Auto-Submitted"] = "auto-generated"
    lines, more = wording.lines(notice, ALERTS)
    state = wording.state(notice).capitalize()
    made.set_content(text(state, lines, more))
    facts = {"state": state, "headline": wording.headline(notice), "lines": lines, "more": more}
    made.add_alternative(render_to_string("integrations/mail.html", facts), subtype="html")
    return made


def text(state: str, lines: Sequence[wording.Line], more: int) -> str:
    parts = [f"{state}\n", *(part(line) for line in lines), *([f"and {more} more\n"] if more else [])]
    return "\n".join(parts)


def part(line: wording.Line) -> str:
    facts = [
        f"{line.code} {line.where}".rstrip(),
        line.message,
        f"{line.severity}, {line.status}, {line.times} times since {line.since}, last {line.last}",
        *([f"Suggested fix: {line.fix}"] if line.fix else []),
        *([f"Ticket: {line.ticket}"] if line.ticket else []),
        *([f"Now: {line.happened}"] if line.happened else []),
        line.url,
    ]
    return "".join(f"{wording.cut(fact, 900)}\n" for fact in facts)


@contextmanager
def connected() -> Iterator[smtplib.SMTP]:
    """Raises what the server refuses as Passing or Permanent, by the first digit of its code."""
    try:
        with opened() as server:
            yield server
    except smtplib.SMTPRecipientsRefused as error:
        code, words = max(error.recipients.values(), key=lambda said: said[0] < 500)
        raise refusal(code, words) from None
    except smtplib.SMTPResponseException as error:
        raise refusal(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError as error:
        raise Permanent(str(error)) from None
    except OSError as error:
        raise Passing(f"{site_settings.EMAIL_HOST} can't be reached: {error.strerror or error}") from None


def opened() -> smtplib.SMTP:
    kept = site_settings
    trusted = ssl.create_default_context(cafile=kept.OUTBOUND_CA or None)
    server = (
        smtplib.SMTP_SSL(kept.EMAIL_HOST, kept.EMAIL_PORT, timeout=SECONDS, context=trusted)
        if kept.EMAIL_USE_SSL
        else smtplib.SMTP(kept.EMAIL_HOST, kept.EMAIL_PORT, timeout=SECONDS)
    )
    try:
        if kept.EMAIL_USE_TLS:
            server.starttls(context=trusted)
        if kept.EMAIL_HOST_USER:
            server.login(kept.EMAIL_HOST_USER, kept.EMAIL_HOST_PASSWORD)
    except OSError:  # as all of smtplib's are
        server.close()
        raise
    return server


def entered() -> str:
    with connected() as server:
        server.noop()
    return f"{site_settings.EMAIL_HOST}:{site_settings.EMAIL_PORT}"


def offered(sender: str, address: str) -> None:
    with connected() as server:
        server.ehlo_or_helo_if_needed()
        for code, words in (server.mail(parseaddr(sender)[1]), server.rcpt(address)):
            if code >= 400:
                raise refusal(code, words)
        server.rset()


def refusal(code: int, words: bytes | str) -> Exception:
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    kind = Passing if 400 <= code < 500 else Permanent
    return kind(f"refused with {code}: {wording.one_line(said)}"[:300])


def recipients(settings: Settings) -> list[str]:
    given = settings.get("to") or []
    return [line.strip() for line in (given.splitlines() if isinstance(given, str) else given) if line.strip()]


def sender(settings: Settings) -> str:
    return str(settings.get("sender") or site_settings.DEFAULT_FROM_EMAIL)


def valid(address: str) -> bool:
    try:
        validate_email(parseaddr(address)[1])
    except ValidationError:
        return False
    return not any(ord(sign) < 32 for sign in address)
