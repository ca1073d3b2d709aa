"""docs/benchmarks.md: tables of medians, and what they belong to."""

from collections.abc import Callable
from pathlib import Path

from . import prose
from .figures import median, percentile, ratio, short, spread
from .results import Results
from .stores import TITLES

_OURS = "walden"


def _table(header: list[str], rows: list[list[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def _per_store(results: Results, measure: str, header: list[str], key: str,
               cells: Callable[[str, str], list[str]]) -> list[str]:
    """A table for each store: a row for each tool, or why it has no figures."""
    lines: list[str] = []
    for store in results.stores(measure):
        rows = []
        for tool in results.tools():
            if results.values(measure, store, tool, key):
                failed = results.failed_rounds(measure, store, tool)
                note = f" ({failed} rounds failed)" if failed else ""
                rows.append([_name(results, tool) + note, *cells(store, tool)])
            elif reason := results.why_not(measure, store, tool):
                rows.append([_name(results, tool), reason, *[""] * (len(header) - 2)])
        lines += [f"### {TITLES[store]}", "", *_table(header, rows), ""]
    return lines


def _name(results: Results, tool: str) -> str:
    title = results.title(tool)
    return f"**{title}**" if tool == _OURS else title


def _times(value: float | None) -> str:
    return "–" if value is None else short(value) + " ×"


def _largest_process(results: Results, measure: str, store: str, tool: str) -> str:
    peaks: dict[str, float] = {}
    for seen in results.values(measure, store, tool, "peaks_mib"):
        for name, mib in seen.items():
            peaks[name] = max(mib, peaks.get(name, 0))
    if not peaks:
        return "–"
    name = max(peaks, key=peaks.get)
    return f"{short(peaks[name])} ({name})"


def _requests(results: Results, measure: str, store: str, tool: str) -> str:
    rounds = results.values(measure, store, tool, "requests")
    if not rounds:
        return "–"
    methods = sorted({method for counted in rounds for method in counted})
    each = {method: median([counted.get(method, 0) for counted in rounds]) for method in methods}
    parts = ", ".join(f"{short(count)} {method}" for method, count in each.items())
    return f"{short(sum(each.values()))} ({parts})"


def _drain(results: Results) -> list[str]:
    def cells(store: str, tool: str) -> list[str]:
        rates = results.values("drain", store, tool, "segments_per_s")
        ours = median(results.values("drain", store, _OURS, "segments_per_s"))
        calls = results.values("drain", store, tool, "call_peak_mib")
        return [spread(rates), _times(ratio(ours, median(rates))),
                short(median(results.values("drain", store, tool, "cpu_s_per_gb"))),
                short(max(calls, default=None)),
                _largest_process(results, "drain", store, tool),
                short(max(results.values("drain", store, tool, "together_mib"), default=None)),
                _requests(results, "drain", store, tool),
                str(results.values("drain", store, tool, "segments")[0])]

    header = ["", "segments/s", "Walden is", "CPU s/GB", "one call, MiB", "largest process, MiB",
              "all together, MiB", "requests/segment", "segments"]
    return _per_store(results, "drain", header, "segments_per_s", cells)


def _latency(results: Results) -> list[str]:
    def cells(store: str, tool: str) -> list[str]:
        alone = results.pooled("latency", store, tool, "alone_ms")
        ahead = results.pooled("latency", store, tool, "ahead_ms")
        peaks = results.values("latency", store, tool, "ahead_peak_mib")
        return [short(percentile(alone, 50)), short(percentile(alone, 99)),
                short(percentile(ahead, 50)), short(percentile(ahead, 99)),
                short(max(peaks, default=None)), f"{len(alone)}, {len(ahead)}"]

    header = ["", "nothing ahead: p50, ms", "p99, ms", "already pushed: p50, ms", "p99, ms",
              "that call, MiB", "calls"]
    return _per_store(results, "latency", header, "alone_ms", cells)


def _replay(results: Results) -> list[str]:
    def cells(store: str, tool: str) -> list[str]:
        seconds = results.values("replay", store, tool, "redo_s")
        reference = median(results.values("replay", store, "cp", "redo_s"))
        return [spread(seconds), _times(ratio(median(seconds), reference)),
                short(median(results.values("replay", store, tool, "open_s"))),
                _largest_process(results, "replay", store, tool),
                _requests(results, "replay", store, tool)]

    header = ["", "redo, s", "of cp's time", "start to open, s", "largest process, MiB",
              "requests/segment"]
    return _per_store(results, "replay", header, "redo_s", cells)


def _cost(results: Results) -> list[str]:
    def cells(store: str, tool: str) -> list[str]:
        tps = results.values("cost", store, tool, "tps")
        off = median(results.values("cost", store, "off", "tps"))
        return [spread(tps), _times(ratio(median(tps), off)),
                short(median(results.values("cost", store, tool, "burst_s"))),
                short(median(results.values("cost", store, tool, "backlog"))),
                short(median(results.values("cost", store, tool, "drained_s")))]

    header = ["", "TPS", "of TPS without archiving", "the burst, s",
              "waiting after it, segments", "gone after, s"]
    return _per_store(results, "cost", header, "tps", cells)


def _circumstances(results: Results) -> list[str]:
    about = results.about
    machine = [[key, value] for key, value in about["machine"].items()]
    tools = [[_name(results, tool),
              about["missing"].get(tool) or about["versions"].get(tool) or "–",
              about["settings"].get(tool, "")] for tool in results.tools()]
    return [prose.CIRCUMSTANCES.format(started=about["started"]), *_table(["", ""], machine), "",
            *_table(["", "version", "settings"], tools), ""]


def write(results: Results, chart: str) -> str:
    measured = {record["measure"] for record in results.records}
    options = results.about["options"]
    tables = {"drain": _drain, "latency": _latency, "replay": _replay, "cost": _cost}
    lines = [prose.OPENING.format(chart=chart)]
    for measure, tables_of in tables.items():
        if measure in measured:
            lines += [prose.SECTIONS[measure].format(**options), *tables_of(results)]
    lines += [*_circumstances(results), prose.METHOD.format(**options)]
    # Those of base backups are taken by other programs, one at a time.
    lines.append((Path(__file__).parent.parent / "base-backups.md").read_text())
    return "\n".join(lines).rstrip() + "\n"
