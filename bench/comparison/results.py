"""What was measured, as it is kept: one record per trial, and what the figures belong to."""

import json
from pathlib import Path

from .processes import Failed


class Results:
    """`about`: started, machine, versions, settings, missing, options. See race.py."""

    def __init__(self, about: dict, records: list[dict] | None = None):
        self.about = about
        self.records = records or []

    @staticmethod
    def load(path: Path) -> "Results":
        document = json.loads(path.read_text())
        return Results(document["about"], document["records"])

    @staticmethod
    def together(runs: list["Results"]) -> "Results":
        """What each run tried, under what the first says of the machine. A measure that two of them
        have is refused: tools are to be held against each other within a run."""
        whole = Results(runs[0].about)
        measured: set[str] = set()
        for run in runs:
            own = {record["measure"] for record in run.records}
            if both := own & measured:
                raise Failed(f"two of the files have {', '.join(sorted(both))}")
            measured |= own
            whole.records += run.records
            for key in ("titles", "versions", "settings", "missing"):
                whole.about[key] = run.about[key] | whole.about[key]
        counts = ((name, max(record["round"] for record in whole.records
                             if record["measure"] == name)) for name in sorted(measured))
        whole.about["options"]["rounds"] = ", ".join(f"{name} {count}" for name, count in counts)
        return whole

    def save(self, path: Path) -> None:
        whole = json.dumps({"about": self.about, "records": self.records}, indent=1)
        path.write_text(whole + "\n")

    def tools(self) -> list[str]:
        return list(self.about["titles"])

    def title(self, tool: str) -> str:
        return self.about["titles"][tool]

    def stores(self, measure: str) -> list[str]:
        seen = {record["store"]: None for record in self.records if record["measure"] == measure}
        return list(seen)

    def values(self, measure: str, store: str, tool: str, name: str) -> list:
        """Of every round that had this value."""
        found = [record["values"].get(name) for record in self._of(measure, store, tool)
                 if "values" in record]
        return [value for value in found if value is not None]

    def pooled(self, measure: str, store: str, tool: str, name: str) -> list[float]:
        """Values that are lists, of all rounds together."""
        return [value for values in self.values(measure, store, tool, name) for value in values]

    def why_not(self, measure: str, store: str, tool: str) -> str:
        """Why there is no figure."""
        if tool in self.about["missing"]:
            return self.about["missing"][tool]
        failed = [record for record in self._of(measure, store, tool) if "error" in record]
        if failed:
            return "failed: " + " ".join(failed[0]["error"].split())[:160]
        skipped = [record for record in self._of(measure, store, tool) if "skipped" in record]
        return skipped[0]["skipped"] if skipped else ""

    def failed_rounds(self, measure: str, store: str, tool: str) -> int:
        return sum("error" in record for record in self._of(measure, store, tool))

    def failures(self) -> int:
        return sum("error" in record for record in self.records)

    def _of(self, measure: str, store: str, tool: str) -> list[dict]:
        return [record for record in self.records
                if (record["measure"], record["store"], record["tool"]) == (measure, store, tool)]
