"""What was acknowledged, kept outside the database, and what a restore must therefore bring back.

One writer writes row after row, so what a takeover keeps is a prefix: a branch is the rows of its
parent up to one of them, and then its own.
"""

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path

from .processes import Violation


@dataclass(frozen=True)
class Mark:
    """A moment between two rows: all rows of the branch up to `row` were committed before it."""

    branch: int
    row: int
    lsn: int
    time: str  # UTC
    timeline: int


class Ledger:
    def __init__(self, seed: str, file: Path):
        self._seed = seed
        self._file = open(file, "a", encoding="ascii")
        self._lock = threading.Lock()
        self._branches: list[list[int]] = [[]]
        self._unsettled: list[Mark] = []
        self.settled: list[Mark] = []
        self.floor = 0           # every row up to it is archived
        self.next_row = 1
        self.doubtful: int | None = None  # sent, and no answer came
        self.lost = 0            # by takeovers: acknowledged, and not archived yet

    def checksum(self, row: int) -> str:
        return hashlib.md5(f"{self._seed}:{row}".encode()).hexdigest()

    def take_number(self) -> int:
        with self._lock:
            self.doubtful, self.next_row = self.next_row, self.next_row + 1
            return self.doubtful

    def acknowledge(self, row: int) -> None:
        with self._lock:
            self._file.write(f"{row}\n")
            self._file.flush()
            self._branches[-1].append(row)
            self.doubtful = None

    def forget_doubtful(self) -> None:
        with self._lock:
            self.doubtful = None

    def note(self, lsn: int, time: str, timeline: int) -> Mark:
        with self._lock:
            mark = Mark(len(self._branches) - 1, self.last(), lsn, time, timeline)
            self._unsettled.append(mark)
            return mark

    def last(self) -> int:
        return self._branches[-1][-1] if self._branches[-1] else 0

    def acknowledged(self) -> int:
        return sum(1 for _ in open(self._file.name, encoding="ascii"))

    def rows(self, mark: Mark) -> list[int]:
        return [row for row in self._branches[mark.branch] if row <= mark.row]

    def settle(self, mark: Mark) -> None:
        """All WAL up to `mark` is in the archive: what lies before it can be restored."""
        with self._lock:
            self.floor = mark.row
            before = [each for each in self._unsettled if each.lsn < mark.lsn]
            self._unsettled = [each for each in self._unsettled if each.lsn >= mark.lsn]
            self.settled += before

    def begin_with_backup(self) -> None:
        """Nothing before the first backup can be restored."""
        with self._lock:
            self._unsettled, self.settled = [], []

    def check_exactly(self, found: dict[int, str], mark: Mark) -> None:
        self._check_content(found)
        wanted = set(self.rows(mark))
        if set(found) != wanted:
            raise Violation(_difference(found, wanted))

    def check_latest(self, found: dict[int, str]) -> None:
        """A prefix of what was written, and at least what is archived."""
        self._check_content(found)
        with self._lock:
            rows = list(self._branches[-1])
            known = rows + ([self.doubtful] if self.doubtful is not None else [])
        end = max(found, default=0)
        wanted = {row for row in rows if row <= end}
        surplus = set(found) - set(known)
        # A row that was acknowledged since `found` was read, or is just being written.
        if end < self.floor or wanted - set(found) or surplus:
            wanted |= {row for row in rows if row <= self.floor}
            raise Violation(_difference(found, wanted))

    def take_over(self, found: dict[int, str]) -> None:
        """The rows that a new primary begins with. Marks behind them are gone."""
        self.check_latest(found)
        with self._lock:
            kept = sorted(found)
            self.lost += len(set(self._branches[-1]) - set(kept))
            self._branches.append(kept)
            self._unsettled = []
            self.doubtful = None

    def _check_content(self, found: dict[int, str]) -> None:
        wrong = [row for row, checksum in found.items() if checksum != self.checksum(row)]
        if wrong:
            raise Violation(f"rows with another content: {wrong[:5]}")


def _difference(found: dict[int, str], wanted: set[int]) -> str:
    missing, surplus = sorted(wanted - set(found)), sorted(set(found) - wanted)
    return (f"{len(found)} rows; {len(missing)} of {len(wanted)} are missing, from "
            f"{missing[:3]}; {len(surplus)} too many, from {surplus[:3]}")
