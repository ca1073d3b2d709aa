"""Who runs when: rounds, stores, tools in turn, and a record of each trial."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .processes import Failed
from .results import Results
from .tool import Tool

Measure = Callable[..., dict]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def why_skipped(measure: str, tool: Tool, store, round_number: int) -> str | None:
    """None when it is to run. Reasons that are not worth a row are empty."""
    if tool.only_in and measure not in tool.only_in:
        return ""
    # Beside any store, replay is held against cp from the local disk.
    if store.kind not in tool.stores and not (measure == "replay" and tool.name == "cp"):
        return "" if tool.name == "cp" else "does not write to a directory"
    if store.kind in tool.slow_on and round_number > 1:
        return ""
    # What the database pays hangs on the tool, and the store's distance shows in its drain.
    if measure == "cost" and store.name not in ("dir", "ceph"):
        return ""
    return None


class Race:
    def __init__(self, tools: list[Tool], results: Results, save: Path | None):
        self._tools, self._results, self._save = tools, results, save

    def run(self, name: str, measure: Measure, trials, stores: list, directory,
            rounds: int) -> None:
        for round_number in range(1, rounds + 1):
            for store in stores:
                # Shuffled the same way in every run, so that a run can be repeated.
                order = list(self._tools)
                random.Random(f"{name} {store.name} {round_number}").shuffle(order)
                for tool in order:
                    self._try(name, measure, trials, tool, store, directory, round_number)

    def _try(self, name: str, measure: Measure, trials, tool: Tool, store, directory,
             round_number: int) -> None:
        if tool.missing():
            return self._note(name, store, tool, round_number, {"skipped": tool.missing()})
        reason = why_skipped(name, tool, store, round_number)
        if reason is not None:
            if reason:
                self._note(name, store, tool, round_number, {"skipped": reason})
            return None
        begun = time.monotonic()
        used = directory if name == "replay" and tool.name == "cp" else store
        try:
            outcome = {"values": measure(trials, tool, used)}
        except (Failed, OSError, subprocess.SubprocessError) as error:
            outcome = {"error": str(error)}
        self._note(name, store, tool, round_number, outcome)
        shown = outcome.get("error") or {
            key: round(value, 3) for key, value in outcome["values"].items()
            if isinstance(value, (int, float))}
        _say(f"{time.monotonic() - begun:6.1f} s  {name} {store.name} {tool.name} "
             f"#{round_number}: {shown}")
        return None

    def _note(self, measure: str, store, tool: Tool, round_number: int, outcome: dict) -> None:
        self._results.records.append({"measure": measure, "store": store.name, "tool": tool.name,
                                      "round": round_number, **outcome})
        if self._save:
            self._results.save(self._save)
