"""What goes wrong between us and a site, in our words: it passes, it stays, or what became of it is unknown."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import jira
import requests

from integrations.destinations.kind import Passing, Permanent
from integrations.outbound.addresses import Refused
from integrations.outbound.http import concealed


class Unknown(Passing):
    """The site was asked to do it, and whether it did can't be told from its answer."""


class Missing(Permanent):
    """There is no such thing, or it may not be seen."""


def worth_a_try(error: Exception) -> bool:
    """Not when the site has said when to come again."""
    return isinstance(error, Passing) and error.retry_after is None


@contextmanager
def answered(secrets: Sequence[str], unknown: bool = False) -> Iterator[None]:
    """What went wrong in our words, without what was sent: the library's own hold headers, and some sites repeat it.
    ``unknown``: where it may have been done all the same."""
    passing = Unknown if unknown else Passing
    try:
        yield
    except jira.JIRAError as error:
        raise refusal(error, passing, secrets) from None
    except Refused as error:
        raise Permanent(str(error)) from None
    except requests.exceptions.JSONDecodeError:
        raise passing("it answered with something else than JSON") from None
    except requests.RequestException as error:
        raise passing(str(error)) from None


def refusal(error: jira.JIRAError, passing: type[Passing], secrets: Sequence[str]) -> Exception:
    status = error.status_code or 0
    words = concealed(f"it answered {status}{said(error)}", secrets)
    if status == 429:
        return Passing(words, retry_after(error))
    if status >= 500 or status == 408 or status == 0:
        return passing(words, retry_after(error))
    return Missing(words) if status in (404, 410) else Permanent(words)


def said(error: jira.JIRAError) -> str:
    """Jira's own words; not a page of HTML."""
    words = [f"{name}: {why}" if name else why for name, why in against(error).items()]
    return f": {' '.join(words)[:300]}" if words else ""


def against(error: jira.JIRAError) -> dict[str, str]:
    """What it has against what was asked, by name of field; what is about no field under no name."""
    kind = error.response.headers.get("Content-Type", "") if error.response is not None else ""
    if "json" not in kind:
        return {}
    try:
        body = error.response.json() if error.response is not None else {}
    except ValueError:
        return {}
    whole = " ".join(body.get("errorMessages") or ())
    return ({"": whole} if whole else {}) | (body.get("errors") or {})


def retry_after(error: jira.JIRAError) -> float | None:
    asked = error.response.headers.get("Retry-After", "") if error.response is not None else ""
    return float(asked) if asked.isdigit() else None
