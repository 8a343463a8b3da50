"""Microsoft Teams: an adaptive card for each notice, to the webhook of a workflow."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from integrations.destinations import wording
from integrations.destinations.kind import Field, Notice, Pane, Receipt, Settings, Step
from integrations.destinations.trying import tried
from integrations.destinations.webhook import wrong_url
from integrations.outbound import http

LARGEST = 28 * 2**10  # bytes of a message, as Teams documents it
ALERTS = 10
STYLES = {"resolved": "good", "acknowledged": "default"}
SEVERE = {"error": "attention", "warn": "warning", "info": "accent"}


class Teams:
    name = "teams"
    label = "Microsoft Teams"
    fields: Sequence[Field] = (
        Field("url", "Workflow", "secret", "address of a workflow that posts what it receives", required=True),
    )

    def check(self, settings: Settings) -> Mapping[str, str]:
        return wrong_url(settings.get("url") or "")

    def preview(self, settings: Settings, notice: Notice) -> Sequence[Pane]:
        said = message(notice)
        return [
            Pane("As it reads", read(msgspec.json.decode(said))),
            Pane("As it is sent", msgspec.json.format(said, indent=2).decode(), "code"),
        ]

    def test(self, settings: Settings) -> Iterator[Step]:
        card = around([text("StackLens can reach this channel.", weight="Bolder")], [])
        yield tried("A card is taken", lambda: post(settings, msgspec.json.encode(card)))

    def tell(self, settings: Settings, notice: Notice) -> Receipt:
        return Receipt(post(settings, message(notice)))


def post(settings: Settings, said: bytes) -> str:
    url = settings["url"]
    return f"answered {http.call(url, said, {'Content-Type': 'application/json'}, conceal=[url]).status}"


def message(notice: Notice) -> bytes:
    """With as many alerts as fit."""
    for most in range(ALERTS, 0, -1):
        made = msgspec.json.encode(card(notice, most))
        if len(made) <= LARGEST:
            break
    return made


def card(notice: Notice, most: int = ALERTS) -> dict[str, Any]:
    state = wording.state(notice)
    lines, more = wording.lines(notice, most)
    title = wording.cut(f"{state.capitalize()}: {wording.headline(notice)}", 500)
    style = STYLES.get(state) or SEVERE[wording.severity(notice)]
    head = {"type": "Container", "style": style, "bleed": True, "items": [text(title, weight="Bolder", size="Medium")]}
    body = [head, *(one for line in lines for one in shown(line))]
    if more:
        body.append(text(f"and {more} more"))
    return around(body, [{"type": "Action.OpenUrl", "title": "Open in StackLens", "url": lines[0].url}])


def shown(line: wording.Line) -> Iterator[dict[str, Any]]:
    yield text(wording.cut(f"{line.code} {line.where}", 300), weight="Bolder") | {"separator": True}
    yield text(wording.cut(line.message, 500))
    yield text(f"{line.severity}, {line.status} · ×{line.times} · since {line.since}, last {line.last}")
    if line.fix:
        yield text(wording.cut(f"Suggested fix: {line.fix}", 500))
    if line.ticket or line.happened:
        yield text(wording.cut(" · ".join(filter(None, (line.ticket, line.happened))), 300))


def read(said: Mapping[str, Any]) -> str:
    """The card as people see it, but for its colours."""
    content = said["attachments"][0]["content"]
    blocks = [one for block in content["body"] for one in block.get("items", [block])]
    lines = ["".join(run["text"] for run in block["inlines"]) for block in blocks]
    return "\n".join([*lines, *(f"[ {act['title']} ] {act['url']}" for act in content["actions"])])


def text(words: str, **how: str) -> dict[str, Any]:
    """A RichTextBlock, because that is the element in which nothing is read as Markdown."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": words, **how}]}


def around(body: list[dict[str, Any]], actions: list[dict[str, Any]]) -> dict[str, Any]:
    content = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
        "actions": actions,
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": content}]}
