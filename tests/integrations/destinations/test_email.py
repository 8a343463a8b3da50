"""E-mail against a real SMTP server: text and HTML, one conversation, refusals told apart."""

import socket
import ssl
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from integrations.destinations import email
from integrations.destinations.kind import Passing, Permanent
from tests.integrations.destinations.notices import EVIL, notice
from tests.servers import certificates
from tests.tools import free_ports

TO = {"to": "ada@example.com\ngrace@example.com"}


class Inbox:
    """Takes everything but what ``refusals`` names, by command or by recipient."""

    def __init__(self):
        self.mails = []
        self.refusals = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return self.refusals.get(address, "250 OK")

    async def handle_DATA(self, server, session, envelope):
        if "DATA" in self.refusals:
            return self.refusals["DATA"]
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@pytest.fixture(scope="module")
def server():
    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"right", handled=False)

    how: dict[str, Any] = {"authenticator": authenticate, "auth_require_tls": False, "ready_timeout": 20}
    running = Controller(Inbox(), "127.0.0.1", free_ports(1)[0], **how)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def inbox(server, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.server.sockets[0].getsockname()
    server.handler.mails.clear()
    server.handler.refusals.clear()
    return server.handler


def test_a_mail_has_text_and_html_that_say_the_same(inbox):
    assert email.Email().check(TO) == {}
    assert email.Email().tell(TO, notice()).answer == "taken"
    (mail,) = inbox.mails
    assert (mail["To"], mail["Auto-Submitted"]) == ("ada@example.com, grace@example.com", "auto-generated")
    assert mail["Subject"] == "PRICE_MISSING · checkout · region eu: Product price is null"
    text, html = (part.get_content() for part in mail.iter_parts())
    assert text.splitlines() == [
        "Firing",
        "",
        "PRICE_MISSING checkout · region eu",
        "Product price is null",
        "error, open, 42 times since 2026-11-24 12:00:00 UTC, last 2026-11-24 12:05:00 UTC",
        "Suggested fix: Fall back to the last price",
        "Now: opened",
        "https://lens.example/alerts/0190c2a4-0000-7000-8000-000000000001/",
    ]
    assert all(word in html for word in ("PRICE_MISSING", "Product price is null", "42 times", "Fall back to"))


def test_what_belongs_to_one_group_is_one_conversation_and_a_repeat_is_the_same_mail(inbox):
    kind = email.Email()
    reference = dict(kind.tell(TO, notice()).reference or {})
    for _ in range(2):
        told = notice({"status": "resolved", "message": "Something else"}, kind="resolved", reference=reference)
        assert kind.tell(TO, told._replace(key="key-2")).reference == reference
    first, second, again = inbox.mails
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"] == reference["root"]
    assert second["Subject"] == f"Re: {first['Subject']}"
    assert first["Message-ID"] != second["Message-ID"] == again["Message-ID"]


def test_nothing_that_an_alert_holds_becomes_a_header_or_an_element(inbox):
    email.Email().tell(TO, notice({"message": EVIL, "service": EVIL}))
    (mail,) = inbox.mails
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    html = mail.get_body(("html",)).get_content()
    assert "<b>&" not in html
    assert "&lt;!channel&gt;" in html


@pytest.mark.parametrize(
    ("refusals", "raised"),
    [
        ({"DATA": "550 spam"}, Permanent),
        ({"DATA": "451 greylisted, come again"}, Passing),
        ({"ada@example.com": "550 unknown", "grace@example.com": "550 unknown"}, Permanent),
        ({"ada@example.com": "550 unknown", "grace@example.com": "450 full"}, Passing),
    ],
)
def test_a_refusal_for_now_is_told_from_one_for_good(inbox, refusals, raised):
    inbox.refusals.update(refusals)
    with pytest.raises(raised, match="refused with"):
        email.Email().tell(TO, notice())


def test_who_alone_is_refused_is_named(inbox):
    inbox.refusals["ada@example.com"] = "550 unknown"
    assert email.Email().tell(TO, notice()).answer == "taken, but not for ada@example.com"
    passed = [step.passed for step in email.Email().test(TO)]
    assert passed == [True, False, True]
    assert len(inbox.mails) == 1


def test_a_wrong_password_is_for_good_and_is_not_said(inbox, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "lens", "wrong-password"
    with pytest.raises(Permanent, match="535") as failed:
        email.Email().tell(TO, notice())
    assert "wrong-password" not in str(failed.value)
    settings.EMAIL_HOST_PASSWORD = "right"
    assert email.Email().tell(TO, notice()).answer == "taken"


def test_a_server_that_hangs_or_is_away_passes(settings, monkeypatch):
    monkeypatch.setattr(email, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        with pytest.raises(Passing, match="can't be reached"):
            email.Email().tell(TO, notice())
    with pytest.raises(Passing, match="can't be reached"):
        email.Email().tell(TO, notice())


def test_tls_is_begun_and_the_certificate_is_checked(settings, tmp_path):
    made = certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.both)
    port = free_ports(1)[0]
    secure = Controller(Inbox(), "127.0.0.1", port, tls_context=context, require_starttls=True, ready_timeout=60)
    secure.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    try:
        with pytest.raises(Permanent, match="530"):
            email.Email().tell(TO, notice())
        settings.EMAIL_USE_TLS = True
        with pytest.raises(Passing, match="CERTIFICATE_VERIFY_FAILED"):
            email.Email().tell(TO, notice())
        settings.OUTBOUND_CA = str(made.authority)
        assert email.Email().tell(TO, notice()).answer == "taken"
    finally:
        secure.stop()


@pytest.mark.parametrize("address", ["", "nobody", "a@b\nBcc: c@example.com", "ada@example.com\rX: y"])
def test_what_is_no_address_is_refused(inbox, address):
    wrong = email.Email().check({"to": [address], "sender": "lens@example.com"})
    assert "to" in wrong
