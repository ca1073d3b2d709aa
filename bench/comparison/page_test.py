"""The page and the chart from results that were made up."""

import unittest
import xml.etree.ElementTree as tree

from . import bars, report
from .chart import Bar, Group, Panel, draw
from .processes import Failed
from .results import Results

_ABOUT = {
    "started": "2026-11-21 16:00 UTC", "machine": {"cores": "2"},
    "titles": {"walden": "Walden", "cp": "cp", "wal-g": "WAL-G", "barman": "barman"},
    "versions": {"walden": "1"}, "settings": {"walden": "a | b"},
    "missing": {"wal-g": "not installed: wal-g"},
    "options": {"rounds": 3, "segments": 85, "seconds": 30, "scale": 20}}


def _record(tool: str, outcome: dict, measure: str = "replay") -> dict:
    return {"measure": measure, "store": "ceph", "tool": tool, "round": 1, **outcome}


def _replay(seconds: float) -> dict:
    return {"values": {"redo_s": seconds, "open_s": seconds, "peaks_mib": {"cp": 2.0},
                       "requests": {"GET": 1.5}}}


class Page(unittest.TestCase):
    def setUp(self):
        records = [_record("walden", _replay(5.0)), _record("walden", _replay(7.0)),
                   _record("cp", _replay(4.0)),
                   _record("wal-g", {"skipped": "not installed: wal-g"}),
                   _record("barman", {"error": "exit 4:\nno | way"})]
        self.results = Results(_ABOUT, records)

    def row(self, name: str) -> str:
        lines = report.write(self.results, "benchmarks.svg").splitlines()
        return next(line for line in lines if line.startswith(f"| {name} |"))

    def test_medians_are_held_against_cp(self):
        self.assertIn("6.00 (5.00–7.00) | 1.50 ×", self.row("**Walden**"))
        self.assertIn("1.50 (1.50 GET)", self.row("cp"))

    def test_a_missing_tool_is_a_row(self):
        self.assertIn("not installed: wal-g", self.row("WAL-G"))

    def test_a_failure_is_a_row_that_breaks_no_table(self):
        self.assertIn("failed: exit 4: no \\| way", self.row("barman"))
        self.assertEqual(self.results.failures(), 1)

    def test_rounds_that_failed_are_not_hidden_by_those_that_did_not(self):
        self.results.records.append(_record("cp", {"error": "exit 1"}))
        self.assertIn("4.00", self.row("cp (1 rounds failed)"))

    def test_runs_are_put_together_unless_they_measured_the_same(self):
        about = {**_ABOUT, "titles": {"cp": "cp", "off": "no archiving"}, "missing": {}}
        other = Results(about, [_record("off", {"values": {}}, "cost")])
        whole = Results.together([self.results, other])
        self.assertEqual(whole.title("off"), "no archiving")
        self.assertEqual(whole.stores("cost"), ["ceph"])
        self.assertEqual(whole.about["options"]["rounds"], "cost 1, replay 1")
        with self.assertRaisesRegex(Failed, "replay"):
            Results.together([self.results, self.results])

    def test_a_measure_that_was_not_run_has_no_section(self):
        self.assertNotIn("Draining", report.write(self.results, "benchmarks.svg"))

    def test_the_chart_has_a_bar_for_each_figure_and_none_for_what_is_missing(self):
        drawn = tree.fromstring(bars.chart(self.results))
        named = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("Walden", named)
        self.assertNotIn("WAL-G", named)


class Chart(unittest.TestCase):
    def test_text_is_escaped(self):
        panel = Panel("a < b & c", "", [Group("<g>", [Bar('"x"', 1.0, "<1>")])])
        drawn = tree.fromstring(draw([panel]))
        named = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
        self.assertEqual(named, ["a < b & c", None, "<g>", '"x"', "<1>"])

    def test_bars_are_as_long_as_their_figures_say(self):
        drawn = tree.fromstring(draw([Panel("", "", [Group("", [
            Bar("a", 10.0, ""), Bar("b", 5.0, ""), Bar("c", 0.0, "")])])]))
        widths = [float(rect.get("width"))
                  for rect in drawn.iter("{http://www.w3.org/2000/svg}rect")][1:]
        self.assertAlmostEqual(widths[0], 2 * widths[1], delta=0.2)
        self.assertGreater(widths[2], 0)


if __name__ == "__main__":
    unittest.main()
