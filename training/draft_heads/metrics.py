"""A run's losses: one line of JSON a step, and a plot of them."""

import json
import pathlib

from .errors import UserError
from .files import write_whole

WIDTH, HEIGHT, MARGIN = 720, 360, 48
#: Points of the drawn curve; each is the mean of its steps.
POINTS = 240


class Metrics:
    """Lines for the steps from `start` on; what a killed run wrote after its last checkpoint is written anew."""

    def __init__(self, file, start):
        self.file = pathlib.Path(file)
        self.rows = [row for row in read_rows(self.file) if row["step"] < start]

    def add(self, row):
        self.rows.append(row)

    def flush(self):
        text = "".join(json.dumps(row) + "\n" for row in self.rows)
        write_whole(self.file, lambda partial: partial.write_text(text, encoding="utf-8"))

    def recent(self):
        """The mean loss of the last steps."""
        losses = [total(row) for row in self.rows[-20:]]
        return sum(losses) / len(losses)

    def plot(self, file, title):
        svg = loss_curve([total(row) for row in self.rows], title)
        write_whole(file, lambda partial: partial.write_text(svg, encoding="utf-8"))


def read_rows(file):
    """The lines of `file`, which need not be there yet."""
    if not file.exists():
        return []
    rows = []
    try:
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if not isinstance(row, dict) or not isinstance(row.get("step"), int):
                raise ValueError("it is not of a step")
            rows.append(row)
    except (OSError, ValueError) as error:
        raise UserError(
            f"{file} is damaged after line {len(rows)} ({error}). Restore it, or move it away: "
            "the run goes on from its checkpoint, and the curve begins there."
        ) from error
    return rows


def total(row):
    return sum(value for name, value in row.items() if name.startswith(("feature.", "token.")))


def loss_curve(losses, title):
    """The losses as an SVG picture, from zero up; each point is the mean of as many steps."""
    size = max(1, -(-len(losses) // POINTS))
    means = [sum(part) / len(part) for part in (losses[i : i + size] for i in range(0, len(losses), size))]
    top = max(means, default=1) or 1
    across, up = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    points = " ".join(
        f"{MARGIN + across * i / max(1, len(means) - 1):.1f},{HEIGHT - MARGIN - up * mean / top:.1f}"
        for i, mean in enumerate(means)
    )
    label = 'font-family="sans-serif" font-size="12"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">
<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>
<path d="M{MARGIN} {MARGIN}V{HEIGHT - MARGIN}H{WIDTH - MARGIN}" fill="none" stroke="black"/>
<polyline points="{points}" fill="none" stroke="#1f77b4" stroke-width="1.5"/>
<text x="{MARGIN}" y="{MARGIN - 12}" {label}>{title}: loss, mean of {size} steps</text>
<text x="{MARGIN - 6}" y="{MARGIN + 4}" {label} text-anchor="end">{top:.2f}</text>
<text x="{MARGIN - 6}" y="{HEIGHT - MARGIN + 4}" {label} text-anchor="end">0</text>
<text x="{WIDTH - MARGIN}" y="{HEIGHT - MARGIN + 18}" {label} text-anchor="end">step {len(losses)}</text>
</svg>
"""
