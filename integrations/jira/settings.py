"""What is to be set to be connected with a Jira, and what can be wrong with it without asking."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from integrations.destinations.kind import Field, Settings
from integrations.jira import plan, text
from integrations.template import Wrong
from integrations.template import check as check_template

FIELDS = (
    Field("site", "Address", "url", "Of the site, such as https://example.atlassian.net", required=True),
    Field("flavour", "Kind of site", "choice", required=True, choices=("cloud", "datacenter"), default="cloud"),
    Field("email", "E-mail", help="Of the account that the API token belongs to (Cloud)."),
    Field("token", "Token", "secret", "API token (Cloud) or personal access token (Data Center).", required=True),
    Field("project", "Project", help="Its key, such as OPS.", required=True),
    Field("issue_type", "Issue type", default="Bug"),
    Field("priorities", "Priority by severity", "map", "Such as error: High."),
    Field("labels", "Labels", "lines", "Besides `stacklens` and the one that names the problem."),
    Field("components", "Components", "lines"),
    Field(
        "fields",
        "Other fields",
        "map",
        "What the project wants besides, such as Team: Shop; a child after its parent: Backend / Prices.",
    ),
    Field("one_per", "One ticket for each", "choice", choices=("group", "rule"), default="group"),
    Field("comment_minutes", "Comment on repeats", "number", "At most once in so many minutes.", default=60),
    Field(
        "on_recovered", "When it recovers", "choice", choices=("comment", "transition", "nothing"), default="comment"
    ),
    Field(
        "done_states",
        "Done states",
        "lines",
        "Besides those of the category Done; the first that can be reached is used.",
    ),
    Field("wont_do", "Stays closed", "lines", "Resolutions that are never reopened.", default=list(plan.WONT_DO)),
    Field(
        "reopen_days",
        "Reopen within",
        "number",
        "Days; a problem that comes back later gets a new, linked ticket.",
        default=7,
    ),
    Field("link_type", "Link type", default="Relates"),
    Field(
        "tell_comments", "Send comments", "flag", "What people write on an alert goes into its ticket.", default=True
    ),
    Field("resolve", "Closing resolves", "flag", "A ticket that is closed in Jira resolves its alert.", default=True),
    Field("webhook_secret", "Webhook secret", "secret", "The one given to Jira's webhook."),
    Field("lag_seconds", "Index lag", "number", "How far Jira's search may be behind, in seconds.", default=60),
    Field("summary", "Summary", "template", default=text.SUMMARY),
    Field("description", "Description", "template", default=text.DESCRIPTION),
)
NUMBERS = tuple(field.name for field in FIELDS if field.type == "number")
TEMPLATES = ("summary", "description")


def check(settings: Settings) -> Mapping[str, str]:
    """What is wrong, by name of field."""
    wrong = {field.name: "is needed" for field in FIELDS if field.required and not settings.get(field.name)}
    cloud = settings.get("flavour", "cloud") == "cloud"
    if cloud and not settings.get("email"):
        wrong["email"] = "is needed for Cloud"
    site = urlsplit(str(settings.get("site") or "https://x"))
    if site.scheme not in ("https", "http") or not site.hostname or site.query or site.fragment or site.username:
        wrong["site"] = "must be the address of the site and nothing more"
    wrong |= {name: why for name in TEMPLATES if (why := mistaken(str(settings.get(name) or "")))}
    for name, template in (settings.get("fields") or {}).items():
        if why := mistaken(str(template)):
            wrong["fields"] = f"{name}: {why}"
    for name in NUMBERS:
        if not positive(settings.get(name) or 1):
            wrong[name] = "must be a number above 0"
    for field in FIELDS:
        if field.choices and settings.get(field.name) not in (None, "", *field.choices):
            wrong[field.name] = f"must be one of {', '.join(field.choices)}"
    return wrong


def mistaken(template: str) -> str:
    try:
        check_template(template, frozenset(text.FACTS))
    except Wrong as error:
        return str(error)
    return ""


def positive(value: object) -> bool:
    try:
        return float(str(value)) > 0
    except ValueError:
        return False
