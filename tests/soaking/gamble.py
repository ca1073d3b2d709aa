"""What happens in a soak. Every choice is drawn from the seed and the number of the step, so that
the same seed makes the same choices, whatever time a step takes."""

import random
import shutil
import signal
import threading
import time
from pathlib import Path

from .ledger import Ledger, Mark
from .processes import Violation, kill, processes_in, processes_of, run, wait_until
from .server import Server, lsn_number, make_cluster
from .writer import TABLE, Writer, note_mark

# One that is longer than fetch_deadline stops a recovery: most are.
_LONGEST_FAULT = 12.0
# For so long after a fault or a kill a refusal may still come of it.
_AFTERMATH = 60.0
_CONFIGURATION = """cluster = "soak"
threads = 2
fetch_deadline = "2s"
standby_deadline = "2s"
"""


class Gamble:
    def __init__(self, seed: str, folder: Path, programs: Path, store):
        self._seed, self._folder, self._programs, self._store = seed, folder, programs, store
        self._begun = time.monotonic()
        self._copies = 0
        self._fault: str | None = None
        self._fault_ends = 0.0
        self._last_harm = 0.0
        self._lock = threading.RLock()
        self._closing = threading.Event()
        # One thread for the whole run: the proxy ends with the thread that started it.
        self._lifter = threading.Thread(target=self._lift_in_time, daemon=True)
        self.counts: dict[str, int] = {}
        self._backups: list[str] = []
        self._ledger = Ledger(seed, folder / "acknowledged")
        (folder / "walden.toml").write_text(_CONFIGURATION + store.settings())
        self._variables = {"PATH": f"{programs}:/usr/bin:/bin",
                           "WALDEN_CONFIG": str(folder / "walden.toml"),
                           "WALDEN_WORKER_DIRECTORY": str(folder / "workers"),
                           "WALDEN_STATE_DIRECTORY": str(folder / "state"),
                           **store.variables()}
        self._primary: Server | None = None
        self._writer: Writer | None = None
        self._lifter.start()

    # --- the frame ---

    def begin(self) -> None:
        pgdata = self._folder / "data-0"
        make_cluster(pgdata, self._folder, {
            "archive_mode": "on", "archive_command": f"{self._programs}/wal-push %p %f",
            "fsync": "off", "wal_keep_size": "16MB", "max_wal_size": "64MB",
            "log_min_messages": "log", "shared_buffers": "16MB", "log_line_prefix": "%m [%p] "})
        self._primary = self._server(pgdata)
        self._primary.start()
        self._wait_open(self._primary)
        self._command(["init", "--connection", self._primary.conninfo()])
        self._primary.query(TABLE)
        self._writer = Writer(self._primary, self._ledger)
        self.say("begin: a new cluster")
        if not self._take_backup(None):
            raise Violation("the first backup fails, and nothing hinders it")
        self._ledger.begin_with_backup()

    def step(self, number: int) -> None:
        dice = random.Random(f"{self._seed}/{number}")
        moves = {self._harm: 10, self._kill_programs: 5, self._crash: 3, self._kill_backend: 3,
                 self._restart: 2, self._backup: 5, self._restore: 12, self._take_over: 3,
                 self._promote_standby: 3, self._verify: 3}
        move = dice.choices(list(moves), list(moves.values()))[0]
        what = move.__name__.strip("_").replace("_", " ")
        self.counts[what] = self.counts.get(what, 0) + 1
        self.say(f"step {number}: {what}")
        move(dice)
        if self._writer.failure:
            raise self._writer.failure
        time.sleep(dice.uniform(0, 1.5))

    def end(self) -> None:
        """Everything is lifted: all that was acknowledged comes back."""
        self.say("end: everything is lifted")
        self._settle()
        self._writer.stop()
        self._settle()
        copy = self._restored([], "latest")
        self._recover(copy, None)
        found = copy.rows()
        self._ledger.check_latest(found)
        if len(found) != len(self._primary.rows()):
            raise Violation("the copy has other rows than the server")
        self._discard(copy)
        for backup in self._backups:
            self._must_be_good(backup)

    def close(self) -> None:
        self._closing.set()
        self._lifter.join()
        self._store.close()
        if self._primary:
            self._primary.stop(how=signal.SIGQUIT)
        for pid, _ in processes_of(self._programs):
            kill(pid)

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._begun:7.1f} s] {text}", flush=True)

    def summary(self) -> str:
        ledger = self._ledger
        done = ", ".join(f"{count} × {what}" for what, count in sorted(self.counts.items()))
        return (f"{ledger.acknowledged()} rows acknowledged, {len(self._backups)} backups; {done}; "
                f"{ledger.lost} rows lost by takeovers before they were archived")

    # --- faults, each with an end ---

    def _harm(self, dice: random.Random) -> None:
        self._begin_fault(dice)

    def _begin_fault(self, dice: random.Random) -> None:
        fault = dice.choice(self._store.faults)
        lasting = dice.uniform(0.5, _LONGEST_FAULT)
        with self._lock:
            self._lift()
            self.say(f"  fault: {fault}, for {lasting:.1f} s")
            self._store.harm(fault)
            self._fault, self._fault_ends = fault, time.monotonic() + lasting
        self._count("fault")

    def _maybe_fault(self, dice: random.Random, likely: float) -> None:
        if dice.random() < likely:
            self._begin_fault(dice)

    def _lift_in_time(self) -> None:
        while not self._closing.wait(0.05):
            with self._lock:
                if self._fault and time.monotonic() > self._fault_ends:
                    self._lift()

    def _lift(self) -> None:
        with self._lock:
            if self._fault:
                self._store.lift()
                self._last_harm = time.monotonic()
            self._fault = None

    def _hindered(self, since: float) -> bool:
        return self._fault is not None or self._last_harm > since - _AFTERMATH

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    # --- kills ---

    def _kill_programs(self, dice: random.Random) -> None:
        for _ in range(dice.randint(1, 5)):
            where = dice.random()
            time.sleep(dice.uniform(0, 0.4))
            found = processes_of(self._programs)
            if not found:
                continue
            pid, name = found[int(where * len(found))]
            self.say(f"  kills {name}")
            self._last_harm = time.monotonic()
            kill(pid)
            self._count("program killed")

    def _crash(self, dice: random.Random) -> None:
        self._maybe_fault(dice, 0.4)
        self._primary.crash()
        self._start_again()

    def _restart(self, dice: random.Random) -> None:
        self._maybe_fault(dice, 0.3)
        self._primary.stop()
        self._start_again()

    def _start_again(self) -> None:
        self._primary.start()
        self._wait_open(self._primary)

    def _kill_backend(self, dice: random.Random) -> None:
        kind = dice.choice(["archiver", "client backend", "walwriter", "checkpointer"])
        pids = self._primary.processes(kind)
        self.say(f"  kills {kind}")
        for pid in pids[:1]:
            kill(pid)
        self._last_harm = time.monotonic()
        time.sleep(0.2)
        self._wait_open(self._primary)

    # --- backups ---

    def _backup(self, dice: random.Random) -> None:
        self._maybe_fault(dice, 0.5)
        after = dice.uniform(0.1, 3) if dice.random() < 0.3 else None
        self._take_backup(after)

    def _take_backup(self, kill_after: float | None) -> bool:
        begun = time.monotonic()
        done = self._run(
            ["push", "--connection", self._primary.conninfo(), "--wal-deadline", "40s"], kill_after)
        if done.returncode == 0:
            self._backups.append(done.stdout.split()[1])
            self.say(f"  backup {self._backups[-1]}")
            return True
        killed = done.returncode < 0
        self.say("  killed" if killed else f"  no backup: {_first_line(done.stderr)}")
        if not killed and not self._hindered(begun):
            raise Violation(f"a backup fails, and nothing hinders it:\n{done.stderr}")
        return False

    def _verify(self, dice: random.Random) -> None:
        chosen = self._backups[int(dice.random() * len(self._backups))]
        self._lift()
        listed = self._command(["list"])
        missing = [backup for backup in self._backups if backup not in listed]
        if missing:
            raise Violation(f"acknowledged, and not listed: {missing}")
        self._must_be_good(chosen)

    def _must_be_good(self, backup: str) -> None:
        # Segments are stored several at once: the newest ones may have a hole for a moment.
        for _ in range(4):
            self._settle()
            done = self._run(["verify", "--backup", backup])
            if done.returncode == 0:
                return
            self.say(f"  verify once more: {_first_line(done.stdout or done.stderr)}")
        raise Violation(f"{backup} was acknowledged, and is not good:\n{done.stdout}{done.stderr}")

    # --- restores ---

    def _settle(self) -> None:
        """All that is acknowledged now is in the archive."""
        self._lift()
        last_row = self._ledger.last()
        line = self._primary.query(
            "select 'mark', pg_current_wal_insert_lsn(), clock_timestamp() at time zone 'UTC',"
            " pg_walfile_name(pg_current_wal_insert_lsn())")
        noted = note_mark(line, self._ledger)
        mark = Mark(noted.branch, last_row, noted.lsn, noted.time, noted.timeline)
        segment = self._primary.query("select pg_walfile_name(pg_switch_wal())")

        def archived() -> bool:
            if self._primary.is_archived(segment):
                return True
            # After three failures the archiver sleeps for a minute, unless there is a new segment.
            self._primary.query("select pg_switch_wal()")
            return False

        if not wait_until(archived, 150, 2.0):
            raise Violation(f"{segment} is not archived, and nothing hinders it\n"
                            f"{self._primary.tail()}")
        self._ledger.settle(mark)

    def _restore(self, dice: random.Random) -> None:
        kind = dice.choice(["latest", "time", "lsn"])
        where, on_its_timeline = dice.random(), dice.random() < 0.3
        self._settle()
        marks = self._ledger.settled
        mark = marks[int(where * len(marks))] if marks and kind != "latest" else None
        options = []
        if mark is not None:
            target = mark.time + "+00" if kind == "time" else _lsn_text(mark.lsn)
            options = [f"--target-{kind}", target, "--target-action", "promote"]
            if on_its_timeline:
                options += ["--target-timeline", str(mark.timeline)]
        said = " ".join(options) or "latest"
        self._maybe_fault(dice, 0.4)
        copy = self._restored(options, said)
        self._maybe_fault(dice, 0.5)
        self._recover(copy, dice)
        self._check(copy, mark)
        self._discard(copy)

    def _check(self, copy: Server, mark: Mark | None) -> None:
        found = copy.rows()
        if mark is None:
            self._ledger.check_latest(found)
        else:
            self._ledger.check_exactly(found, mark)
        self.say(f"  {len(found)} rows, each as it was acknowledged")

    def _restored(self, options: list[str], said: str) -> Server:
        """Not started. One that fails leaves nothing, and succeeds once nothing hinders it."""
        self._copies += 1
        pgdata = self._folder / f"data-{self._copies}"
        begun = time.monotonic()
        self.say(f"  restores {said}")
        done = self._run(["restore", "--pgdata", pgdata, *options])
        if done.returncode != 0:
            self.say(f"  no restore: {_first_line(done.stderr)}")
            if pgdata.exists():
                raise Violation("a restore that failed has left something")
            if not self._hindered(begun):
                raise Violation(f"a restore fails, and nothing hinders it:\n{done.stderr}")
            self._lift()
            self._command(["restore", "--pgdata", pgdata, *options])
        return self._server(pgdata)

    def _recover(self, copy: Server, dice: random.Random | None) -> None:
        """Until it is open. It may stop with a FATAL meanwhile, and goes on when started again."""
        copy.start()
        shots = dice.randint(0, 2) if dice else 0
        deadline = time.monotonic() + 240
        while not copy.is_open():
            if shots and dice:
                shots -= 1
                self._kill_programs(dice)
            if not copy.running():
                if "recovery ended before configured recovery target" in copy.text():
                    raise Violation(f"recovery was told that the log ends\n{copy.tail()}")
                if "FATAL" not in copy.text():
                    raise Violation(f"the copy stopped without a reason\n{copy.tail()}")
                self._count("recovery stopped with FATAL")
                self.say("  the copy has stopped with FATAL, and is started again")
                self._lift()
                wait_until(lambda: not processes_in(copy.pgdata), 10)
                copy.start()
            if time.monotonic() > deadline:
                raise Violation(f"the copy does not open\n{copy.tail()}")
            time.sleep(0.2)

    # --- takeovers ---

    def _take_over(self, dice: random.Random) -> None:
        """The primary is lost; a copy restored from the archive takes its place."""
        if dice.random() < 0.5:
            self._settle()
        self._maybe_fault(dice, 0.3)
        self._lose_primary(crash=True)
        self._lift()
        copy = self._restored(["--archive"], "the newest, to take over")
        self._recover(copy, None)
        self._succeed(copy)

    def _promote_standby(self, dice: random.Random) -> None:
        """A standby that follows the archive takes over."""
        cleanly = dice.random() < 0.5
        self._settle()
        copy = self._restored(["--archive"], "a standby")
        (copy.pgdata / "recovery.signal").rename(copy.pgdata / "standby.signal")
        self._maybe_fault(dice, 0.5)
        copy.start()
        time.sleep(dice.uniform(1, 4))
        if not wait_until(copy.accepts_connections, 60):
            raise Violation(f"the standby is not there\n{copy.tail()}")
        self._settle()
        floor = self._lsn_of_floor
        if cleanly:
            self._lose_primary(crash=False)
            self._ledger.floor = self._ledger.last()
        else:
            self._lose_primary(crash=True)

        def has_replayed() -> bool:
            text = copy.query("select coalesce(pg_last_wal_replay_lsn(), '0/0')")
            return lsn_number(text) >= floor

        if not wait_until(has_replayed, 90):
            raise Violation(f"the standby stands still\n{copy.tail()}")
        if cleanly and not wait_until(lambda: self._ledger.last() in copy.rows(), 90):
            raise Violation(f"the standby lacks what the clean stop archived\n{copy.tail()}")
        copy.query("select pg_promote(true, 60)")
        self._wait_open(copy)
        self._succeed(copy)

    @property
    def _lsn_of_floor(self) -> int:
        return max((mark.lsn for mark in self._ledger.settled), default=0)

    def _lose_primary(self, crash: bool) -> None:
        self._writer.stop()
        if crash:
            self._primary.crash()
        else:
            self._lift()
            self._primary.stop()
        self.say("  the primary is " + ("lost" if crash else "stopped"))

    def _succeed(self, copy: Server) -> None:
        before = self._ledger.lost
        self._ledger.take_over(copy.rows())
        self.say(f"  has taken over with {len(copy.rows())} rows, "
                 f"{self._ledger.lost - before} were not archived yet")
        old, self._primary = self._primary, copy
        shutil.rmtree(old.pgdata, ignore_errors=True)  # its worker may be about to leave
        self._writer = Writer(copy, self._ledger)

    # --- programs and servers ---

    def _run(self, words: list, kill_after: float | None = None):
        return run([str(self._programs / "basebackup"), *map(str, words)], self._folder,
                   self._variables, kill_after=kill_after)

    def _command(self, words: list) -> str:
        done = self._run(words)
        if done.returncode != 0:
            raise Violation(f"basebackup {words[0]} fails, and nothing hinders it:\n{done.stderr}")
        return done.stdout

    def _server(self, pgdata: Path) -> Server:
        return Server(pgdata, self._folder / f"server-{pgdata.name}", self._variables)

    def _wait_open(self, server: Server) -> None:
        deadline = time.monotonic() + 90
        while not server.is_open():
            if not server.running():
                server.start()  # shared memory of the one that was killed may still be in use
            if time.monotonic() > deadline:
                raise Violation(f"the server does not open\n{server.tail()}")
            time.sleep(0.2)

    def _discard(self, copy: Server) -> None:
        copy.stop(how=signal.SIGQUIT)
        shutil.rmtree(copy.pgdata, ignore_errors=True)


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.startswith("basebackup: ")),
                text.strip()[:100])


def _lsn_text(lsn: int) -> str:
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"
