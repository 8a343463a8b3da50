"""Calls go to public addresses or where the settings allow, and can't be held, led astray or overfed."""

import gzip
import time
from datetime import UTC, datetime

import pytest
import requests

from integrations.destinations.kind import Passing, Permanent
from integrations.outbound.addresses import Allowed, Refused, allowed, reachable, target
from integrations.outbound.http import Adapter, Answer, call, retry_after, session
from tests.integrations.listener import Told, listening
from tests.servers import certificates

INSIDE = [
    *("https://127.0.0.1/", "https://127.0.0.1:8443/x", "https://10.0.0.1/", "https://172.16.0.1/", "https://0.0.0.0/"),
    *("https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://224.0.0.1/"),
    *("https://100.100.100.200/", "https://168.63.129.16/", "https://198.18.0.1/", "https://255.255.255.255/"),
    *("https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fd00:ec2::254]/", "https://[fc00::1]/"),
    *("https://[ff02::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/", "https://[::127.0.0.1]/"),
    *("https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::1]/", "https://[2002:7f00:1::]/", "https://[2001::1]/"),
    *("https://127.0.0.1./", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://１２７.0.0.1/"),
]
ODD = [
    *("https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://127.1/", "https://0177.0.0.1/"),
    *("https://127.0.0.1.0/", "https://example.com.0x7f/", "https://[::1%25eth0]/", "https://[::1].example.com/"),
    *("https://user@example.com/", "https://user:word@example.com/", "https://example.com@127.0.0.1/"),
    *("https://127.0.0.1\\@example.com/", "https://example.com\\@127.0.0.1/", "https://example.com /"),
    *("https://exa\tmple.com/", "https://example.com\r\nHost: inside/", "https://exa%6dple.com/", "https:///etc"),
    *("https://example.com:0/", "https://example.com:65536/", "https://example.com:8x/", "https://example..com/"),
    *("http://example.com/", "file:///etc/passwd", "gopher://example.com/", "ftp://example.com/", "//example.com/"),
    *("javascript:alert(1)", "", "example.com", "https://", "https://-a.example/", f"https://{'a' * 64}.example/"),
]


@pytest.mark.parametrize("url", INSIDE + ODD)
def test_what_leads_inside_or_is_oddly_written_is_refused(url):
    with pytest.raises(Refused):
        target(url, Allowed())


@pytest.mark.parametrize("url", INSIDE + ODD)
def test_none_of_it_is_called_however_the_name_would_be_resolved(url):
    """requests reads an address too, and may read it otherwise."""
    adapter = Adapter(Allowed(), lambda host, port: ["127.0.0.1"])
    with pytest.raises(Permanent):
        call(url, b"", {}, adapter=adapter)


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://Example.COM./a?b=c#d", "https://example.com:443/a?b=c"),
        ("https://bücher.example/", "https://xn--bcher-kva.example:443/"),
        ("https://xn--bcher-kva.example:8443", "https://xn--bcher-kva.example:8443/"),
        ("https://8.8.8.8/a b".replace(" ", "%20"), "https://8.8.8.8:443/a%20b"),
        ("https://[2606:4700::0:1111]/", "https://[2606:4700::1111]:443/"),
    ],
)
def test_an_address_is_read_in_one_way(url, read):
    assert target(url, Allowed()).url == read


@pytest.mark.parametrize("found", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:8.8.8.8"])
def test_a_name_that_leads_inside_is_refused(found):
    with pytest.raises(Refused, match="not public"):
        reachable("shop.example", 443, [found], Allowed())
    assert reachable("shop.example", 443, [found, "8.8.8.8"], Allowed()) == ["8.8.8.8"]


def test_the_settings_open_hosts_ports_and_networks():
    open_to = allowed(["jira.internal", "Hooks.internal:8443", "10.1.0.0/16", "[::1]:80"])
    assert target("http://jira.internal/", open_to)
    assert target("http://hooks.internal:8443/", open_to)
    assert target("http://[::1]/", open_to)
    assert target("https://10.1.2.3/", open_to)
    for url in ("http://10.1.2.3/", "http://hooks.internal/", "https://10.2.0.1/", "http://x.jira.internal/"):
        with pytest.raises(Refused):
            target(url, open_to)
    for entry in ("10.0.0.1/8", "a@b", "0x7f.1"):
        with pytest.raises(ValueError, match=r"."):
            allowed([entry])


@pytest.fixture(scope="module")
def listener():
    with listening() as server:
        yield server


@pytest.fixture
def told(listener):
    """Say what is answered, and call."""
    listener.asked.clear()

    def tell(*answers: Told, path: str = "/hook", seconds: float = 5, conceal: tuple[str, ...] = ()) -> Answer:
        listener.answers = list(answers)
        adapter = Adapter(listener.open_to, seconds=seconds, most=1000, cut=True)
        return call(f"{listener.url}{path}", b"{}", {"X-Test": "1"}, conceal=conceal, adapter=adapter)

    return tell


def test_a_call_arrives_as_it_was_given(told, listener):
    assert told(Told(202, b"taken")).body == b"taken"
    (asked,) = listener.asked
    assert (asked.method, asked.path, asked.body, asked.headers["X-Test"]) == ("POST", "/hook", b"{}", "1")
    assert asked.headers["Host"] == f"127.0.0.1:{listener.port}"


@pytest.mark.parametrize(("status", "wait"), [(408, None), (425, None), (429, 7.0), (500, None), (503, 7.0)])
def test_what_may_pass_is_told_with_when_to_come_again(told, status, wait):
    with pytest.raises(Passing, match=str(status)) as raised:
        told(Told(status, headers={"Retry-After": "7"} if wait else {}))
    assert raised.value.retry_after == wait


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 400, 401, 403, 404, 410, 422])
def test_what_will_not_pass_is_told_and_redirects_are_not_followed(told, listener, status):
    with pytest.raises(Permanent, match=str(status)):
        told(Told(status, headers={"Location": "/elsewhere"}))
    assert len(listener.asked) == 1


def test_neither_the_path_nor_a_credential_is_in_the_words(told):
    with pytest.raises(Permanent) as refused:
        told(Told(400, b"no such token: t0ken"), path="/services/s3cret", conceal=("t0ken",))
    with pytest.raises(Passing) as hung:
        told(Told(hang=30), path="/services/s3cret", seconds=0.2)
    with pytest.raises(Passing) as absent:
        call("http://127.0.0.1:9/s3cret", b"", {}, adapter=Adapter(allowed(["127.0.0.1"])))
    for raised in (refused, hung, absent):
        assert raised.value.__suppress_context__ or raised.value.__context__ is None
        assert "s3cret" not in str(raised.value)
        assert "t0ken" not in str(raised.value)
    assert "did not answer in 0.2 s" in str(hung.value)
    assert "127.0.0.1 can't be reached: Connection refused" in str(absent.value)


def test_a_slow_drip_does_not_hold_us(told):
    began = time.monotonic()
    with pytest.raises(Passing, match="did not answer"):
        told(Told(body=b"x" * 5000, drip=0.1), seconds=0.5)
    assert time.monotonic() - began < 100  # 500 s, were it read to its end


@pytest.mark.parametrize("packed", [False, True])
def test_a_huge_answer_is_cut_or_refused(told, listener, packed):
    body = b"x" * 10**6
    answer = Told(body=gzip.compress(body), headers={"Content-Encoding": "gzip"}) if packed else Told(body=body)
    assert told(answer).body == b"x" * 1000
    whole = Adapter(listener.open_to, most=1000)
    with session(whole) as ours, pytest.raises(requests.RequestException, match="1000"):
        ours.get(listener.url)


def test_a_name_is_asked_once_for_a_connection_and_its_change_does_no_harm(listener):
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    listener.asked.clear()
    listener.answers = [Told()]
    url = f"http://shop.example:{listener.port}/"
    first = Allowed(frozenset({("shop.example", listener.port)}))
    assert call(url, b"", {}, adapter=Adapter(first, resolve)).status == 200
    assert (asked, listener.asked[0].headers["Host"]) == (["shop.example"], f"shop.example:{listener.port}")
    with pytest.raises(Permanent, match="not public"):
        call(url.replace("http:", "https:"), b"", {}, adapter=Adapter(allowed(["127.0.0.0/8"]), resolve))


def test_tls_is_checked_for_the_name_and_not_for_the_address(tmp_path):
    made = certificates.make(tmp_path, "DNS:shop.example")
    with listening(made.both) as server:
        adapter = Adapter(allowed(["127.0.0.0/8"]), lambda host, port: ["127.0.0.1"])
        with session(adapter) as ours:
            ours.verify = str(made.authority)
            assert ours.get(f"https://shop.example:{server.port}/").text == "ok"
            with pytest.raises(requests.ConnectionError, match="mismatch"):
                ours.get(f"https://other.example:{server.port}/")
            ours.verify = True
            with pytest.raises(requests.ConnectionError, match="certificate"):
                ours.get(f"https://shop.example:{server.port}/", headers={"Connection": "close"})


def test_proxies_and_netrc_of_the_environment_are_ignored(told, listener, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert told(Told()).status == 200
    assert "Authorization" not in listener.asked[0].headers


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7), ("Tue, 24 Nov 2026 12:00:30 GMT", 30), ("0", 0), ("999999999", 86400), ("-5", None), ("soon", None)],
)
def test_when_to_come_again_is_read_from_seconds_or_a_date(text, seconds):
    assert retry_after(text, datetime(2026, 11, 24, 12, tzinfo=UTC)) == seconds
