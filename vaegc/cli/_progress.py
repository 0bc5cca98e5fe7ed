"""Progress on the terminal or as JSON lines, and the signals that stop a command."""

from __future__ import annotations

import json
import signal
import sys

from vaegc.progress import Progress, read_clock

PRINT_INTERVAL_S = 0.2  # between JSON lines of one stage


class ProgressPrinter:
    """Callback of long work: prints progress on the terminal, or as JSON lines; Ctrl-C and SIGTERM make it ask for a stop."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.stop_requested = False
        self.width = 0
        self.stage, self.printed = "", 0.0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._request_stop)

    def _request_stop(self, *_: object) -> None:
        if self.stop_requested:  # asked twice: do not wait for the next step
            raise KeyboardInterrupt
        self.stop_requested = True

    def __call__(self, progress: Progress) -> bool:
        """Print an event; returns whether a stop was requested."""
        if self.as_json:
            now = read_clock()
            # What reads this polls: a line per epoch of a small model would fill a disk with what nobody sees.
            if progress.stage != self.stage or progress.done >= progress.total or now - self.printed >= PRINT_INTERVAL_S:
                self.stage, self.printed = progress.stage, now
                print(json.dumps(progress.to_dict()), flush=True)
        elif sys.stderr.isatty():
            bar = "█" * round(20 * progress.share)
            line = f"{bar:<20} {progress.message}"
            self.width = max(self.width, len(line))
            print(f"\r{line:<{self.width}}", end="", file=sys.stderr, flush=True)
        return self.stop_requested

    def finish(self) -> None:
        """Clear the progress bar; call it before anything else is printed."""
        if self.width:
            print("\r" + " " * self.width + "\r", end="", file=sys.stderr, flush=True)
