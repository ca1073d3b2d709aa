"""A real PostgreSQL of the soak's own."""

import os
import signal
import subprocess
from pathlib import Path

from .processes import (PATH, Violation, as_server_user, give, kill, own_folder, processes_in, run,
                        wait_until)


def programs() -> Path | None:
    chosen = os.environ.get("WALDEN_PG_BIN")
    if chosen:
        return Path(chosen)
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"),
                   key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def lsn_number(text: str) -> int:
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


class Server:
    def __init__(self, pgdata: Path, folder: Path, variables: dict[str, str]):
        """`folder`: new, for its socket and its log."""
        self.pgdata, self.folder = pgdata, own_folder(folder)
        self._variables = variables
        self._process: subprocess.Popen | None = None
        self.log = give_file(folder / "log")

    def start(self) -> None:
        """Does not wait."""
        with open(self.log, "ab") as said:
            self._process = subprocess.Popen(
                as_server_user([str(programs() / "postgres"), "-D", str(self.pgdata),
                                "-c", "listen_addresses=", "-c", "logging_collector=off",
                                "-c", f"unix_socket_directories={self.folder}"]),
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                env={"PATH": PATH, "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TZ": "UTC",
                     **self._variables})

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def crash(self) -> None:
        """The postmaster is killed; what it leaves behind goes as soon as it notices."""
        self._process.kill()
        self._process.wait()
        if not wait_until(lambda: not processes_in(self.pgdata), 5):
            for pid in processes_in(self.pgdata):
                kill(pid)
        wait_until(lambda: not processes_in(self.pgdata), 10)

    def stop(self, how: int = signal.SIGINT) -> None:
        if not self.running():
            return
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=150)
        except subprocess.TimeoutExpired:
            raise Violation(f"the server does not stop\n{self.tail()}") from None

    def query(self, text: str) -> str:
        """Violation when it fails."""
        done = self._psql(text)
        if done.returncode != 0:
            raise Violation(f"{text}: {done.stderr}\n{self.tail()}")
        return done.stdout.strip()

    def _psql(self, text: str) -> subprocess.CompletedProcess:
        return run([*self.psql(), "-c", text], self.folder, {})

    def psql(self) -> list[str]:
        return [str(programs() / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder),
                "-U", "postgres", "postgres"]

    def conninfo(self) -> str:
        return f"host={self.folder} user=postgres dbname=postgres"

    def accepts_connections(self) -> bool:
        return self.running() and self._psql("select 1").returncode == 0

    def is_open(self) -> bool:
        """For writing."""
        return self.running() and self._psql("select pg_is_in_recovery()").stdout.strip() == "f"

    def rows(self) -> dict[int, str]:
        lines = self.query("select n, checksum from rows").splitlines()
        return {int(n): checksum for n, checksum in (line.split("|") for line in lines)}

    def processes(self, kind: str) -> list[int]:
        return [int(line) for line in self._psql(
            f"select pid from pg_stat_activity where backend_type = '{kind}'"
            " and pid <> pg_backend_pid()").stdout.split()]

    def is_archived(self, segment: str) -> bool:
        """And all before it, as the server's own files say."""
        status = self.pgdata / "pg_wal/archive_status"
        waiting = [path.stem for path in status.glob("*.ready")]
        if any(name[8:24] <= segment[8:24] for name in waiting):
            return False
        done = (status / f"{segment}.done").exists()
        return done or not (self.pgdata / "pg_wal" / segment).exists()

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def tail(self) -> str:
        return f"--- {self.log} ends:\n" + "\n".join(self.text().splitlines()[-25:])


def give_file(path: Path) -> Path:
    path.touch()
    return give(path)


def make_cluster(pgdata: Path, work: Path, settings: dict[str, str]) -> None:
    done = run([str(programs() / "initdb"), "--no-sync", "--auth=trust", "--username=postgres",
                "--no-locale", "--encoding=UTF8", "--wal-segsize=1", f"--pgdata={pgdata}"], work, {})
    if done.returncode != 0:
        raise Violation(f"initdb: {done.stderr}")
    with open(pgdata / "postgresql.conf", "a", encoding="ascii") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
