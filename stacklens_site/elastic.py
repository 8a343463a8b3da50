"""Turns ELASTICSEARCH_URL and its companions into what the Elasticsearch client wants."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

REQUEST_SECONDS = 30


def elasticsearch(urls: list[str], api_key: str, username: str, password: str, ca_certs: str) -> dict[str, Any]:
    """The client's arguments. What fails is tried again by those who know how long it may take, not by the client."""
    for url in urls:
        check(url)
    if api_key and username:
        raise ImproperlyConfigured("ELASTICSEARCH_API_KEY and ELASTICSEARCH_USERNAME: set one of them, not both")
    if bool(username) != bool(password):
        raise ImproperlyConfigured("ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD: set both or neither")
    if ca_certs and not all(url.startswith("https:") for url in urls):
        raise ImproperlyConfigured("ELASTICSEARCH_CA_CERTS: means nothing unless ELASTICSEARCH_URL is https://…")
    given: dict[str, Any] = {"api_key": api_key, "ca_certs": ca_certs}
    if username:
        given["basic_auth"] = (username, password)
    client = {"hosts": urls, "request_timeout": REQUEST_SECONDS, "max_retries": 0, "retry_on_timeout": False}
    return client | {name: value for name, value in given.items() if value}


def check(url: str) -> None:
    try:
        parts = urlsplit(url)
        complete = parts.scheme in ("http", "https") and parts.hostname and parts.port
    except ValueError:
        complete = False
    if not complete:
        raise ImproperlyConfigured("ELASTICSEARCH_URL: expected http://host:port or https://host:port")
