"""An episode's beginning, its end, and when to look again."""

from alerts.episodes.buckets import fold, remember, within
from alerts.episodes.sight import Sight, ends
from alerts.episodes.state import Event, Evidence, State, Summary, Terms
from alerts.episodes.telling import announce, escalate, find, remind, reminder_at
from alerts.rules.frame import EVIDENCE_LIMIT, Bucket, Clear, Firing, Verdict


def advance(state: State, terms: Terms, watermark: int) -> tuple[list[Event], Summary | None]:
    """Judge what can be judged now; the events in order, and the open episode's summary if there is one."""
    events: list[Event] = []
    limit = watermark - watermark % terms.width
    find(state, terms, state.cleared, events)  # a person may have resolved it
    quiet = not state.buckets and limit > state.final
    sight = Sight(state, terms)
    for end in ends(state, terms, limit):
        sight = sight.upto(end)
        settle(state, terms, end, sight.judge(end), events)
    state.idle = state.idle or quiet
    state.final = max(state.final, limit)
    until = foresee(state, terms, events) if terms.type.MONOTONE else state.final
    summary = summarize(state, until) if state.opened else None
    # Its beginning is certain once no earlier end can change: then every count is the episode's own.
    if summary and (state.firing or summary.evidence.window_end - terms.width <= state.final):
        announce(state, terms, summary.count, events)
    fold(state, terms)
    return events, summary


def settle(state: State, terms: Terms, end: int, verdict: Verdict, events: list[Event]) -> None:
    """Take a final verdict into the state."""
    state.final = max(state.final, end)
    if state.firing:
        remind(state, terms, end - terms.width, events)  # those of a silence that was jumped over
    if isinstance(verdict, Firing) and not state.firing:
        state.firing = True
        begin(state, terms, end, verdict, events)
        state.began = end
    elif isinstance(verdict, Clear) and state.firing:
        summary = summarize(state, end)
        announce(state, terms, summary.count, events)
        events.append(Event("resolved", state.episode, summary.count, end, summary))
        forget(state)
        state.cleared = end
    if state.firing:
        escalate(state, terms, verdict, events)
        remind(state, terms, end, events)
    find(state, terms, end, events)


def begin(state: State, terms: Terms, end: int, verdict: Firing, events: list[Event]) -> None:
    """An episode begins with the window that ends at ``end``; open its alert if that wasn't done ahead."""
    state.start = max(end - terms.window, state.cleared)
    samples = sorted(sample for start, bucket in within(state, state.start, end) for sample in bucket.samples)
    state.evidence = Evidence(
        value=verdict.value,
        threshold=verdict.threshold,
        window_start=end - terms.window,
        window_end=end,
        samples=samples[:EVIDENCE_LIMIT],
        detail=verdict.detail,
    )
    if not state.opened:
        back = state.episode > 0 and end - state.cleared <= terms.reopen
        state.opened, state.step = True, terms.base
        state.episode += 1
        events.append(Event("reopened" if back else "opened", state.episode))


def forget(state: State) -> None:
    """The episode is over."""
    state.firing = state.opened = False
    state.step, state.folded, state.evidence = 0, Bucket(), None
    state.began = state.reminded = state.level = 0


def foresee(state: State, terms: Terms, events: list[Event]) -> int:
    """Look past the watermark: open what fires already. Gives the end up to which the open episode's records go."""
    if not state.buckets:
        return state.final
    last = max(state.buckets) + terms.width
    running, sight = state.firing, Sight(state, terms)
    for end in range(max(state.final, min(state.buckets)) + terms.width, last + 1, terms.width):
        verdict = sight.judge(end)
        if isinstance(verdict, Firing) and not running:
            if not state.opened and undecided(state, terms, end):
                return end
            running = True
            begin(state, terms, end, verdict, events)
        elif isinstance(verdict, Clear) and running:
            return end
    return last


def undecided(state: State, terms: Terms, end: int) -> bool:
    """Whether the episode may yet turn out to begin earlier, and so soon after the last one that it is the same
    alert again."""
    return state.episode > 0 and state.final + terms.width <= state.cleared + terms.reopen < end


def summarize(state: State, until: int) -> Summary:
    total = Bucket()
    for part in [state.folded, *(bucket for _, bucket in within(state, state.start, until))]:
        if part.count:
            total.add(part)
    assert state.evidence is not None
    if not total.count:  # what fires is that nothing came
        return Summary(0, state.evidence.window_start, state.evidence.window_end, state.evidence)
    return Summary(total.count, total.first, total.last, state.evidence)


def wake_at(state: State, terms: Terms) -> int | None:
    """The watermark at which something happens without a further record; None if nothing will."""
    if state.idle:
        return reminder_at(state, terms) if state.firing and terms.renotify else None
    if state.firing or state.opened or (state.buckets and not terms.type.MONOTONE):
        return state.final + terms.width
    if state.buckets:
        last = max(state.buckets) + terms.width
        return state.cleared + terms.reopen if undecided(state, terms, last) else last + terms.span
    return None


def disarm(state: State, now: int) -> None:
    """A person resolved the alert: what was counted so far is done with. What is known stays known."""
    if state.memory is not None:
        for bucket in state.buckets.values():
            remember(state.memory, bucket)
    state.buckets.clear()
    forget(state)
    state.cleared = max(now, state.cleared)
