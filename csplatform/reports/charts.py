"""Drawing counts as plain SVG shapes: no script, any theme, any direction of writing."""

from collections.abc import Sequence
from dataclasses import dataclass

from csplatform.reports.measures import Series

HEIGHT = 100.0
# How many colours the style sheet has; the seventh row begins again with the first.
TONES = 6
_GAP = 0.15


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in units of one bucket across and a hundredth of the chart's height upwards."""

    x: float
    y: float
    width: float
    height: float
    tone: int
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of points as SVG's `polyline` takes it."""

    points: str
    tone: int


@dataclass(frozen=True, slots=True)
class Chart:
    """`width` is the number of buckets, `top` the value at the upper edge; `ticks` has a label, or none, for each."""

    width: int
    top: int
    legend: tuple[tuple[int, str], ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    ticks: tuple[str, ...] = ()

    @property
    def middle(self) -> int:
        """The value half-way up."""
        return self.top // 2


def stacked(rows: Sequence[Series], labels: Sequence[str]) -> Chart:
    """Return bars that stand on each other, one column for each label."""
    top = nice_top(max((sum(column) for column in zip(*(row.counts for row in rows), strict=True)), default=0))
    bars = []
    for place, label in enumerate(labels):
        floor = 0
        for tone, row in enumerate(rows):
            count = row.counts[place]
            if count:
                bars.append(_bar(place, floor, count, top, tone % TONES, f"{label} · {row.name}: {count}"))
            floor += count
    return Chart(len(labels), top, _legend(rows), bars=tuple(bars), ticks=_ticks(labels))


def lines(rows: Sequence[Series], labels: Sequence[str]) -> Chart:
    """Return one line for each row, through the middle of each bucket."""
    top = nice_top(max((count for row in rows for count in row.counts), default=0))
    drawn = tuple(
        Line(
            " ".join(f"{place + 0.5:g},{HEIGHT - count / top * HEIGHT:.2f}" for place, count in enumerate(row.counts)),
            tone % TONES,
        )
        for tone, row in enumerate(rows)
    )
    return Chart(len(labels), top, _legend(rows), lines=drawn, ticks=_ticks(labels))


def nice_top(largest: int) -> int:
    """Return the round, even number, at least 4, that a scale up to `largest` ends at."""
    size: int = 10 ** (len(str(largest)) - 1)
    return next(size * factor for factor in (1, 2, 4, 6, 8, 10) if size * factor >= max(largest, 4))


def _bar(place: int, floor: int, count: int, top: int, tone: int, title: str) -> Bar:
    height = count / top * HEIGHT
    return Bar(place + _GAP, HEIGHT - floor / top * HEIGHT - height, 1 - 2 * _GAP, height, tone, title)


def _legend(rows: Sequence[Series]) -> tuple[tuple[int, str], ...]:
    return tuple((place % TONES, row.name) for place, row in enumerate(rows))


def _ticks(labels: Sequence[str]) -> tuple[str, ...]:
    """Return at most seven labels, evenly spread, the others empty."""
    pace = max(1, -(-len(labels) // 7))
    return tuple(label if place % pace == 0 else "" for place, label in enumerate(labels))
