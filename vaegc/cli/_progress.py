"""Progress on the terminal, and stopping it."""

from __future__ import annotations

import json
import signal
import sys

from vaegc.progress import Progress, read_clock

PRINT_EVERY = 0.2  # seconds between lines of one stage


class Watch:
    """Shows progress on the terminal, or as JSON lines, and turns Ctrl-C and SIGTERM into a stop that saves first."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.asked_to_stop = False
        self.width = 0
        self.stage, self.printed = "", 0.0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        if self.asked_to_stop:  # asked twice: do not wait for the next step
            raise KeyboardInterrupt
        self.asked_to_stop = True

    def __call__(self, progress: Progress) -> bool:
        if self.as_json:
            now = read_clock()
            # What reads this polls: a line per epoch of a small model would fill a disk with what nobody sees.
            if progress.stage != self.stage or progress.done >= progress.total or now - self.printed >= PRINT_EVERY:
                self.stage, self.printed = progress.stage, now
                print(json.dumps(progress.to_dict()), flush=True)
        elif sys.stderr.isatty():
            bar = "█" * round(20 * progress.share)
            line = f"{bar:<20} {progress.message}"
            self.width = max(self.width, len(line))
            print(f"\r{line:<{self.width}}", end="", file=sys.stderr, flush=True)
        return self.asked_to_stop

    def finish(self) -> None:
        if self.width:
            print("\r" + " " * self.width + "\r", end="", file=sys.stderr, flush=True)
