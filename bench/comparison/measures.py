"""The measures. Each tries one tool on one store once, and returns what it saw."""

import shutil
import signal
import time
from pathlib import Path

from . import server, wal
from .processes import Failed, give, wait_until
from .tool import Tool
from .trials import Trials

# Whoever drains slower than this is stopped: half a minute for a segment.
_LONGEST_PER_SEGMENT = 30
_CALLS = 30
_LONGEST_AHEAD = 30
_NOTE_DELAY = 0.2
_SLOW_SEGMENTS = 20
_BATCH = Path(__file__).resolve().parent.parent / "batch.sql"
# Of batch.sql, for each of two clients: about 40 segments.
_BURST = 17000
# The gateway's log is written by a thread of its own.
_LOG_DELAY = 0.5


# The shell that waits for a tool, what forks it, and the server are not the tool.
_NOT_THE_TOOL = ("sh", "archive-caller", "postgres")


def _peaks(end: dict) -> dict[str, float]:
    return {name: kib / 1024 for name, kib in end["peaks_kib"].items()
            if name not in _NOT_THE_TOOL}


def _resources(end: dict, segments: int) -> dict:
    gigabytes = segments * wal.SEGMENT_SIZE / 1e9
    return {"cpu_s_per_gb": (end["cpu_user_s"] + end["cpu_system_s"]) / gigabytes,
            "peaks_mib": _peaks(end), "together_mib": end["together_kib"] / 1024}


def _requests(store, place, mark: int, segments: int) -> dict | None:
    time.sleep(_LOG_DELAY)
    counted = store.requests(place, mark)
    return counted and {method: count / segments for method, count in counted.items()}


def drain(trials: Trials, tool: Tool, store) -> dict:
    """All segments wait; the archiver calls for one after another."""
    names = trials.wal.names
    if store.kind in tool.slow_on:
        names = names[:_SLOW_SEGMENTS]
    with trials.archiving(tool, store, names, ready=True) as trial:
        mark = store.mark()
        with trial.caller("drain") as caller:
            calls, end = caller.end(len(names) * _LONGEST_PER_SEGMENT)
        # Before the bench itself asks the store.
        requests = _requests(store, trial.setup.place, mark, len(names))
        trial.check_all_stored()
        longest = max((call["peak_kib"] for call in calls), default=0)
        return {"segments": len(names), "seconds": end["wall_s"],
                "segments_per_s": len(names) / end["wall_s"],
                "failed_calls": sum(call["exit"] != 0 for call in calls),
                "call_peak_mib": longest / 1024, **_resources(end, len(names)),
                "requests": requests}


def latency(trials: Trials, tool: Tool, store) -> dict:
    """One call when it is the only segment, and one whose segment the tool has stored already."""
    return {**_latency_alone(trials, tool, store), **_latency_ahead(trials, tool, store)}


def _latency_alone(trials: Trials, tool: Tool, store) -> dict:
    names = trials.wal.names[:_CALLS]
    with (trials.archiving(tool, store, names, ready=False) as trial,
          trial.caller("calls") as caller):
        calls = [caller.call(name) for name in names]
        caller.end(60)
    return {"alone_ms": [call["ms"] for call in calls],
            "alone_peak_mib": max(call["peak_kib"] for call in calls) / 1024}


def _latency_ahead(trials: Trials, tool: Tool, store) -> dict:
    if not tool.pushes_ahead:
        return {"ahead_ms": []}
    first, second, *others = trials.wal.names[:_CALLS + 2]
    calls, peaks = [], []
    with (trials.archiving(tool, store, [first, second, *others], ready=True) as trial,
          trial.caller("calls") as caller):
        # Two: who pushes ahead may want to see first that one is taken.
        caller.call(first)
        caller.call(second)
        # All of them first: what is still being pushed would be measured too.
        wait_until(lambda: not trial.not_stored(others), longest=_LONGEST_AHEAD)
        not_ahead = trial.not_stored(others)
        # Between the store's acknowledgement and the tool's note of it.
        time.sleep(_NOTE_DELAY)
        for name in others:
            called = caller.call(name)
            if name not in not_ahead:
                calls.append(called["ms"])
                peaks.append(called["peak_kib"] / 1024)
        caller.end(60)
    return {"ahead_ms": calls, "ahead_peak_mib": max(peaks, default=None),
            "not_ahead": not_ahead}


def replay(trials: Trials, tool: Tool, store) -> dict:
    """A server recovers all of the WAL from its base backup through restore_command."""
    place = trials.filled(tool, store, trials.wal.names)
    folder = trials.new_folder()
    try:
        return _replay(trials, tool, store, place, folder)
    finally:
        shutil.rmtree(folder)


def _replay(trials: Trials, tool: Tool, store, place, folder: Path) -> dict:
    pgdata = wal.restore_base(folder / "data", trials.wal)
    _, commands = trials.set_up(tool, place, pgdata, folder)
    (pgdata / "recovery.signal").touch()
    give(pgdata / "recovery.signal")
    names = trials.wal.names
    settings = {"restore_command": commands.restore, "archive_mode": "off"}
    trials.wal.warm(names)
    mark, begun = store.mark(), time.monotonic()
    with server.Server(trials.caller_program, pgdata, folder / "server", settings,
                       commands.restore_variables) as recovering:
        recovering.wait_until_open(longest=len(names) * _LONGEST_PER_SEGMENT)
        opened = time.monotonic() - begun
        redo = recovering.redo_seconds()
        end = recovering.stop(signal.SIGQUIT)
        replayed = recovering.restored()
    if replayed < len(names):
        raise Failed(f"only {replayed} of {len(names)} segments were replayed")
    return {"segments": replayed, "redo_s": redo, "open_s": opened,
            "peaks_mib": _peaks(end),
            "requests": _requests(store, place, mark, len(names))}


class Cost:
    """pgbench against a server that archives, and one that does not."""

    def __init__(self, trials: Trials, seconds: int, scale: int):
        self._trials, self._seconds, self._scale = trials, seconds, scale
        self._cluster: Path | None = None

    def __call__(self, trials: Trials, tool: Tool, store) -> dict:
        if self._cluster is None:
            work = trials.new_folder()
            self._cluster = server.make_cluster(work / "data", self._scale, trials.caller_program,
                                                work)
        place = store.new_place()
        folder = trials.new_folder()
        try:
            return self._burst(tool, place, folder)
        finally:
            store.remove(place)
            shutil.rmtree(folder)

    def _burst(self, tool: Tool, place, folder: Path) -> dict:
        pgdata = folder / "data"
        wal.copy_tree(self._cluster, pgdata)
        setup, commands = self._trials.set_up(tool, place, pgdata, folder)
        settings = {"archive_mode": "off"}
        if commands.archive:
            tool.initialise(setup)
            settings = {"archive_mode": "on", "archive_command": commands.archive}
        batch = setup.folder / _BATCH.name
        shutil.copyfile(_BATCH, batch)
        give(batch)
        ready = pgdata / "pg_wal" / "archive_status"
        with server.Server(self._trials.caller_program, pgdata, folder / "server", settings,
                           commands.archive_variables) as working:
            working.wait_until_open(60)
            said = working.pgbench("-c", "2", "-j", "2", "-M", "prepared", "-n", "-T",
                                   str(self._seconds))
            begun = time.monotonic()
            working.pgbench("-c", "2", "-j", "2", "-n", "-s", str(self._scale), "-t", str(_BURST),
                            "-f", str(batch))
            burst = time.monotonic() - begun
            backlog = _waiting(ready)
            begun = time.monotonic()
            drained = wait_until(lambda: _waiting(ready) == 0, longest=300)
            took = time.monotonic() - begun
            end = working.stop()
        if not drained:
            raise Failed(f"{backlog} segments were still waiting after 300 s")
        tps = next(float(line.split()[2]) for line in said.splitlines() if line.startswith("tps ="))
        return {"tps": tps, "backlog": backlog, "drained_s": took if backlog else 0.0,
                "burst_s": burst, "peaks_mib": _peaks(end)}


def _waiting(status: Path) -> int:
    return sum(path.suffix == ".ready" for path in status.iterdir())
