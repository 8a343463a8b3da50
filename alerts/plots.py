"""Histograms as SVG geometry: made on the server, so that they work without a script."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.models import SEVERITIES, Transition

RANGES = {"1h": ("last hour", 3600), "6h": ("last 6 h", 21600), "24h": ("last 24 h", 86400), "7d": ("last 7 d", 604800)}
WIDTH, HEIGHT, BARS = 1200, 72, 60


@dataclass
class Bar:
    """One slice of time: where it is drawn, and its stacked parts as (severity, y, height, count)."""

    x: float
    width: float
    start: datetime
    end: datetime
    parts: list[tuple[str, float, float, int]] = field(default_factory=list)
    total: int = 0


def opened(since: datetime, until: datetime) -> list[Bar]:
    """Alerts opened and reopened, stacked by severity."""
    step = (until - since) / BARS
    counts = [dict.fromkeys(SEVERITIES, 0) for _ in range(BARS)]
    rows = Transition.objects.filter(kind__in=("opened", "reopened"), at__gte=since, at__lt=until)
    for at, severity in rows.values_list("at", "alert__severity"):
        counts[min(int((at - since) / step), BARS - 1)][severity] += 1
    return stack(counts, since, step)


def stack(counts: Sequence[dict[str, int]], since: datetime, step: timedelta) -> list[Bar]:
    top = max((sum(count.values()) for count in counts), default=0) or 1
    bars = []
    for number, count in enumerate(counts):
        bar = Bar(number * WIDTH / BARS, WIDTH / BARS - 2, since + step * number, since + step * (number + 1))
        y = float(HEIGHT)
        for severity in SEVERITIES:
            if size := count[severity] * HEIGHT / top:
                y -= size
                bar.parts.append((severity, round(y, 1), round(size, 1), count[severity]))
        bar.total = sum(count.values())
        bars.append(bar)
    return bars


def line(values: Sequence[float], top: float, width: int = 600, height: int = 80) -> str:
    """The points of a polyline on a scale up to ``top``, the newest at the right."""
    step = width / max(len(values) - 1, 1)
    scale = (height - 4) / (top or 1)
    return " ".join(f"{number * step:.1f},{height - value * scale:.1f}" for number, value in enumerate(values))
