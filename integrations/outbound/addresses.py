"""Where we may call: how an address may be written, and which machines it may lead to. Pure."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import idna

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS = {"https": 443, "http": 80}
PLACE = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:@]+)(?::([0-9]{1,5}))?", re.IGNORECASE)
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # as a last label it makes the whole a number to some resolvers
# everything that leads to this machine, to its neighbours, to nobody or to many; 168.63.129.16 is Azure's own
CLOSED = tuple(
    IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# what IPv6 has given out; outside of it are loopback, private, link-local, multicast, IPv4-mapped and NAT64 addresses
OPEN6 = IPv6Network("2000::/3")
# Teredo and other tunnels, documentation, 6to4
CLOSED6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


class Refused(ValueError):
    """We don't call there; the message says why."""


class Allowed(NamedTuple):
    """What is open besides the public internet: hosts by name, where http will do as well, and networks."""

    names: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[Network, ...] = ()

    def named(self, host: str, port: int) -> bool:
        return (host, None) in self.names or (host, port) in self.names

    def reaches(self, address: Address) -> bool:
        return public(address) or any(address in network for network in self.networks)


class Target(NamedTuple):
    """A URL taken apart and put together again by us alone, so that nobody reads it otherwise."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}{self.path}"


def public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in CLOSED)
    return address in OPEN6 and not any(address in network for network in CLOSED6)


def allowed(entries: Iterable[str]) -> Allowed:
    """From ``host``, ``host:port`` and networks. Raises ValueError."""
    names, networks = set(), []
    for entry in entries:
        if "/" in entry:
            networks.append(ip_network(entry))
        elif found := PLACE.fullmatch(entry):
            names.add((hostname(found[1]), int(found[2]) if found[2] else None))
        else:
            raise ValueError(f"{entry!r} is no host and no network")
    return Allowed(frozenset(names), tuple(networks))


def target(url: str, open_to: Allowed) -> Target:
    """Take a URL apart. Raises Refused, also where we don't call the address; a name is judged when it is called."""
    if any(ord(sign) <= 32 or sign in "\\\x7f" for sign in url):
        raise Refused("the address holds a space, a control character or a backslash")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refused("this is no address") from error
    if parts.scheme not in PORTS:
        raise Refused("the address must begin with https://")
    if "@" in parts.netloc:
        raise Refused("the address must not hold a user name or a password")
    place = PLACE.fullmatch(parts.netloc)
    if place is None:
        raise Refused("the address names no host")
    try:
        host = hostname(place[1])
    except ValueError as error:
        raise Refused(str(error)) from error
    port = int(place[2] or PORTS[parts.scheme])
    if not 0 < port < 65536:
        raise Refused("there is no such port")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (f"?{parts.query}" if parts.query else "")
    made = Target(parts.scheme, host, port, path)
    examine(made.scheme, host, port, open_to)
    return made


def examine(scheme: str, host: str, port: int, open_to: Allowed) -> None:
    """What can be said without asking anybody. Raises Refused."""
    if open_to.named(host, port):
        return
    if scheme != "https":
        raise Refused("https only; http where STACKLENS_OUTBOUND_ALLOW names the host")
    address = literal(host)
    if address is not None and not open_to.reaches(address):
        raise Refused(closed(host))


def reachable(host: str, port: int, found: Iterable[str], open_to: Allowed) -> list[str]:
    """Those of the addresses of a host that we may call, in their order. Raises Refused where it is none."""
    addresses = list(found)
    if open_to.named(host, port):
        return addresses
    good = [text for text in addresses if open_to.reaches(ip_address(text))]
    if not good:
        raise Refused(closed(host))
    return good


def closed(host: str) -> str:
    return f"{host} leads to an address that is not public and not in STACKLENS_OUTBOUND_ALLOW"


def literal(host: str) -> Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def hostname(text: str) -> str:
    """In the one way that it is written: small, punycode, IPv6 in brackets and short. Raises ValueError."""
    if text.startswith("["):
        return f"[{IPv6Address(text[1:-1])}]"
    try:
        host = (text if text.isascii() else idna.encode(text, uts46=True).decode()).lower().removesuffix(".")
    except idna.IDNAError as error:
        raise ValueError("this is no name of a host") from error
    labels = host.split(".")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise ValueError("this is no name of a host")
    if NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(host))
        except ValueError as error:
            raise ValueError("a host given as a number must be written as four decimal parts") from error
    return host
