"""The workload: row after row over one session, each remembered once the server has acknowledged it.

Beside each row goes a message of some kB into the log, so that segments fill. Now and then a mark:
where the log is, and what time it is, between two rows.
"""

import os
import select
import subprocess
import threading
import time

from .ledger import Ledger
from .processes import Violation, as_server_user
from .server import Server, lsn_number

TABLE = "create table rows (n bigint primary key, checksum text not null)"
ROWS_A_SECOND = 30
ROWS_BETWEEN_MARKS = 10
LONGEST_ANSWER = 60
_MARK = ("select 'mark', pg_current_wal_insert_lsn(), clock_timestamp() at time zone 'UTC',"
         " pg_walfile_name(pg_current_wal_insert_lsn());\n")


class _SessionEnded(Exception):
    pass


class _Session:
    def __init__(self, server: Server):
        self._process = subprocess.Popen(
            as_server_user(server.psql()), cwd=server.folder, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            env={"LC_ALL": "C.UTF-8", "TZ": "UTC"})
        self._read = b""

    def ask(self, text: str) -> str:
        """One line of answer."""
        try:
            self._process.stdin.write(text.encode())
        except OSError:
            raise _SessionEnded from None
        deadline = time.monotonic() + LONGEST_ANSWER
        while b"\n" not in self._read:
            left = deadline - time.monotonic()
            if left < 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise _SessionEnded
            piece = os.read(self._process.stdout.fileno(), 65536)
            if not piece:
                raise _SessionEnded
            self._read += piece
        line, self._read = self._read.split(b"\n", 1)
        return line.decode()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


class Writer:
    def __init__(self, server: Server, ledger: Ledger):
        self._server, self._ledger = server, ledger
        self._stopping = threading.Event()
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The row in hand ends, one way or the other."""
        self._stopping.set()
        self._thread.join(LONGEST_ANSWER + 30)
        if self._thread.is_alive():
            raise Violation("the writer does not end")

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._connect_and_write()
                self._stopping.wait(0.3)
        except Exception as error:  # pylint: disable=broad-except
            self.failure = error

    def _connect_and_write(self) -> None:
        session = _Session(self._server)
        try:
            self._resolve_doubt(session)
            written = 0
            while not self._stopping.is_set():
                self._write_row(session)
                written += 1
                if written % ROWS_BETWEEN_MARKS == 0:
                    note_mark(session.ask(_MARK), self._ledger)
                self._stopping.wait(1 / ROWS_A_SECOND)
        except _SessionEnded:
            pass
        finally:
            session.close()

    def _resolve_doubt(self, session: _Session) -> None:
        row = self._ledger.doubtful
        if row is None:
            return
        if session.ask(f"select count(*) from rows where n = {row};\n") == "1":
            self._ledger.acknowledge(row)
        else:
            self._ledger.forget_doubtful()

    def _write_row(self, session: _Session) -> None:
        row = self._ledger.take_number()
        checksum = self._ledger.checksum(row)
        answer = session.ask(
            "with message as (select pg_logical_emit_message(true, 'soak',"
            f" repeat(md5('{row}'), 400))) insert into rows select {row}, '{checksum}'"
            f" from message;\n\\echo stored {row}\n")
        if answer != f"stored {row}":
            raise Violation(f"row {row} was answered with: {answer}")
        self._ledger.acknowledge(row)


def note_mark(line: str, ledger: Ledger):
    _, lsn, moment, segment = line.split("|")
    return ledger.note(lsn_number(lsn), moment, int(segment[:8], 16))
