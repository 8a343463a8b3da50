"""The admin as the next room of the same house: our name, our accent colour, and our rail's entries first."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

# Indigo, as --accent in static/css/stacklens.css; the theme wants channels.
PRIMARY = {
    "50": "238 242 255",
    "100": "224 231 255",
    "200": "199 210 254",
    "300": "165 180 252",
    "400": "129 140 248",
    "500": "99 102 241",
    "600": "79 70 229",
    "700": "67 56 202",
    "800": "55 48 163",
    "900": "49 46 129",
    "950": "30 27 75",
}


def may_view(model: str) -> Callable[[HttpRequest], bool]:
    """``model``: app.model."""
    app, _, name = model.partition(".")
    return lambda request: request.user.has_perm(f"{app}.view_{name}")


def page(title: str, icon: str, link: str) -> dict[str, Any]:
    # one of our own pages is never the one being looked at in the admin, though every path begins with "/"
    return {"title": title, "icon": icon, "link": link, "active": lambda request: False}


def rows(title: str, icon: str, model: str) -> dict[str, Any]:
    link = reverse_lazy(f"admin:{model.replace('.', '_')}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": may_view(model)}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "StackLens",
    "SITE_HEADER": "StackLens",
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("favicon.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}],
    "COLORS": {"primary": PRIMARY},
    "SIDEBAR": {
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    page("Alerts", "notifications", "/"),
                    page("Search", "search", "/search/"),
                    page("Traces", "account_tree", "/traces/"),
                    page("Metrics", "show_chart", "/metrics-explorer/"),
                    page("System", "monitor_heart", "/system/"),
                    page("API", "code", "/api/docs/"),
                ]
            },
            {
                "title": "Judging",
                "separator": True,
                "items": [
                    rows("Rules", "tune", "alerts.rule"),
                    rows("Issue codes", "menu_book", "alerts.issuecode"),
                    rows("All alerts", "crisis_alert", "alerts.alert"),
                    rows("All transitions", "history", "alerts.transition"),
                ],
            },
            {
                "title": "Quieting",
                "separator": True,
                "items": [
                    rows("Silences", "notifications_off", "alerts.silence"),
                    rows("Maintenance windows", "event_repeat", "alerts.maintenance"),
                    rows("Inhibitions", "account_tree", "alerts.inhibition"),
                ],
            },
            {
                "title": "Telling",
                "separator": True,
                "items": [
                    rows("Destinations", "send", "integrations.destination"),
                    rows("Routes", "alt_route", "integrations.route"),
                    rows("Deliveries", "outbox", "integrations.delivery"),
                    page("Tickets", "confirmation_number", "/tickets/"),
                    rows("Actions", "bolt", "integrations.action"),
                    rows("Action runs", "history", "integrations.actionrun"),
                ],
            },
            {
                "title": "Receiving",
                "separator": True,
                "items": [
                    rows("Ingest keys", "key", "ingest.ingestkey"),
                    rows("Dead letters", "drafts", "ingest.deadletter"),
                    rows("Data gaps", "data_alert", "ingest.datagap"),
                ],
            },
            {
                "title": "People",
                "separator": True,
                "items": [
                    rows("Users", "person", "auth.user"),
                    rows("Groups", "group", "auth.group"),
                    rows("API tokens", "token", "accounts.apitoken"),
                ],
            },
        ],
    },
}
