"""How far a long step is, one line at a time, with the time left."""

import sys
import time


class Progress:
    """`done` counts in `unit`, up to `total`; the rate is that of this run."""

    def __init__(self, title, total, unit, done=0):
        self.title, self.total, self.unit = title, total, unit
        self.done, self.first = done, done
        self.started = time.monotonic()

    def report(self, done, remark=""):
        self.done = done
        rate = (done - self.first) / max(time.monotonic() - self.started, 1e-9)
        left = duration((self.total - done) / rate) if rate > 0 else "?"
        line = f"{self.title}: {done} of {self.total} {self.unit}, {rate:.1f}/s, {left} left"
        print(f"{line}, {remark}" if remark else line, file=sys.stderr, flush=True)


def duration(seconds):
    minutes = max(0, round(seconds / 60))
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
