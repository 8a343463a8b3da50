"""Slack: a message of blocks, by incoming webhook, or by a bot that keeps one message for each group up to date."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from integrations.destinations import wording
from integrations.destinations.kind import Field, Notice, Pane, Passing, Permanent, Receipt, Settings, Step
from integrations.destinations.trying import tried
from integrations.destinations.webhook import wrong_url
from integrations.outbound import http

API = "https://slack.com/api"
# as Slack documents them: https://docs.slack.dev/reference/block-kit/blocks
HEADER, SECTION, TEXT, ALERTS = 150, 3000, 4000, 20
COLOURS = {"error": "#c0392b", "warn": "#d68910", "info": "#2e86c1"}
CALM = {"resolved": "#1e8449", "acknowledged": "#7f8c8d"}
PASSING = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"})
# what people should hear of though the message is there already: nobody is told of a message that changes
NEWS = frozenset({"reopened", "escalated", "reminded", "unmuted"})


class Slack:
    name = "slack"
    label = "Slack"
    fields: Sequence[Field] = (
        Field("url", "Incoming webhook", "secret", "such as https://hooks.slack.com/services/…; a message a change"),
        Field("token", "Bot token", "secret", "such as xoxb-…, with chat:write: one message a group, kept up to date"),
        Field("channel", "Channel", help="Its id, for the bot."),
        Field("api", "Address of the API", "url", default=API),
    )

    def check(self, settings: Settings) -> Mapping[str, str]:
        if settings.get("url"):
            return wrong_url(settings["url"])
        if not settings.get("token"):
            return {"url": "a webhook, or a bot's token and channel"}
        return {**({} if settings.get("channel") else {"channel": "where to?"}), **wrong_url(api(settings), "api")}

    def preview(self, settings: Settings, notice: Notice) -> Sequence[Pane]:
        said = message(notice)
        sent = said if settings.get("url") else {"channel": settings.get("channel") or "…", **said}
        return [
            Pane("As it reads", read(said)),
            Pane("As it is sent", msgspec.json.format(msgspec.json.encode(sent), indent=2).decode(), "code"),
        ]

    def test(self, settings: Settings) -> Iterator[Step]:
        said = {"text": "StackLens can reach this channel."}
        if settings.get("url"):
            yield tried("A message is taken by the webhook", lambda: hook(settings, said))
            return
        yield tried("The token is known", lambda: ask(settings, "auth.test", {}).get("user"))
        posting = {"channel": settings["channel"], **said}
        yield tried("A message is taken by the channel", lambda: ask(settings, "chat.postMessage", posting) and "")

    def tell(self, settings: Settings, notice: Notice) -> Receipt:
        if settings.get("url"):
            return Receipt(hook(settings, message(notice)))
        reference = update(settings, notice) if notice.reference else None
        if reference:
            return Receipt("message changed", reference)
        posted = ask(settings, "chat.postMessage", {"channel": settings["channel"], **message(notice)})
        return Receipt("message posted", {"channel": posted["channel"], "ts": posted["ts"]})


def update(settings: Settings, notice: Notice) -> Mapping[str, Any] | None:
    """None where the message is gone."""
    known = dict(notice.reference or {})
    try:
        ask(settings, "chat.update", {**known, **message(notice)})
    except Permanent as refused:
        if str(refused).removeprefix("Slack: ") in GONE:
            return None
        raise
    if news := [told for told in notice.alerts if any(one["kind"] in NEWS for one in told.transitions)]:
        reply = {"channel": known["channel"], "thread_ts": known["ts"], "reply_broadcast": True}
        ask(settings, "chat.postMessage", {**reply, "text": summary(notice._replace(alerts=news))})
    return known


def hook(settings: Settings, said: Mapping[str, Any]) -> str:
    answer = http.call(
        settings["url"], msgspec.json.encode(said), {"Content-Type": "application/json"}, conceal=[settings["url"]]
    )
    return f"answered {answer.status}"


def ask(settings: Settings, method: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """A method of the Web API, which says in the body whether it failed."""
    token = settings["token"]
    headers = {"Content-Type": "application/json; charset=utf-8", "Authorization": f"Bearer {token}"}
    answer = http.call(f"{api(settings)}/{method}", msgspec.json.encode(said), headers, conceal=[token])
    try:
        told = msgspec.json.decode(answer.body, type=dict[str, Any])
    except msgspec.DecodeError:
        raise Passing("the answer is no JSON") from None
    if told.get("ok"):
        return told
    why = str(told.get("error") or "refused")[:100]
    raise Passing(f"Slack: {why}") if why in PASSING else Permanent(f"Slack: {why}")


def api(settings: Settings) -> str:
    return str(settings.get("api") or API).rstrip("/")


def message(notice: Notice) -> dict[str, Any]:
    state = wording.state(notice)
    colour = CALM.get(state) or COLOURS[wording.severity(notice)]
    blocks = list(parts(notice, state))
    return {
        "text": summary(notice),
        "attachments": [{"color": colour, "blocks": blocks}],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def summary(notice: Notice) -> str:
    """What a notification shows."""
    return wording.cut(escaped(f"{wording.state(notice).capitalize()}: {wording.headline(notice)}"), TEXT)


def parts(notice: Notice, state: str) -> Iterator[dict[str, Any]]:
    title = wording.cut(f"{state.capitalize()}: {wording.headline(notice)}", HEADER)
    yield {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}
    lines, more = wording.lines(notice, ALERTS)
    for line in lines:
        yield {"type": "section", "text": {"type": "mrkdwn", "text": section(line)}}
    if more:
        yield {"type": "context", "elements": [{"type": "plain_text", "text": f"and {more} more", "emoji": False}]}


def section(line: wording.Line) -> str:
    """Parts are cut before they are escaped, so that no escape is cut in two."""
    facts = [
        f"*<{escaped(line.url)}|{short(line.code, 100)}>* {short(line.where, 300)}",
        short(line.message, 500),
        f"{line.severity}, {line.status} · ×{line.times} · since {line.since}, last {line.last}",
    ]
    if line.fix:
        facts.append(f"Suggested fix: {short(line.fix, 500)}")
    if line.ticket:
        facts.append(f"Ticket {short(line.ticket, 50)}")
    if line.happened:
        facts.append(f"_{short(line.happened, 300)}_")
    return "\n".join(facts)[:SECTION]


LINK = re.compile(r"<([^|<>]+)\|([^<>]*)>")
MARKS = re.compile(r"(?m)^\*(?=.)|(?<=.)\*(?= |$)|^_(?=.)|(?<=.)_$")


def read(said: Mapping[str, Any]) -> str:
    """A message as people see it, but for its colours."""
    found = []
    for block in said["attachments"][0]["blocks"]:
        for text in (block.get("text"), *block.get("elements", ())):
            if text:
                found.append(plain(text["text"]) if text["type"] == "mrkdwn" else text["text"])
    return "\n\n".join(found)


def plain(marked: str) -> str:
    bare = MARKS.sub("", marked)
    named = LINK.sub(r"\2 (\1)", bare)
    return named.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def short(text: str, most: int) -> str:
    return escaped(wording.cut(text, most))


def escaped(text: str) -> str:
    """The three signs by which Slack knows links and mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
