"""A real PostgreSQL under the bench: its own settings, fsync on, watched by the caller."""

import re
import signal
from pathlib import Path

from .processes import Caller, Failed, own_folder, run, tail, wait_until

_REDO_DONE = re.compile(r"redo done at \S+ system usage: .* elapsed: ([0-9.]+) s")
_READY = "database system is ready to accept connections"


def programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"),
                   key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Server:
    def __init__(self, caller: str, pgdata: Path, folder: Path, settings: dict[str, str],
                 variables: dict[str, str]):
        """Starts it, and does not wait. `folder`: new, for the socket and the log."""
        own_folder(folder)
        self._folder, self._log = folder, folder / "log"
        settings = {"listen_addresses": "", "unix_socket_directories": str(folder),
                    "logging_collector": "off", **settings}
        with open(pgdata / "postgresql.auto.conf", "a") as file:
            for name, value in settings.items():
                quoted = value.replace("'", "''")
                file.write(f"{name} = '{quoted}'\n")
        self._caller = Caller(caller, ["run", str(programs() / "postgres"), "-D", str(pgdata)],
                              pgdata, folder, variables, self._log)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self._caller.__exit__()

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_until_open(self, longest: float) -> None:
        wait_until(lambda: _READY in self.said() or not self._caller.running(), longest)
        if _READY not in self.said():
            how = f"did not open in {longest:.0f} s" if self._caller.running() else "ended"
            raise Failed(f"the server {how}: {tail(self._log)}")

    def redo_seconds(self) -> float:
        found = _REDO_DONE.search(self.said())
        if not found:
            raise Failed(f"the server replayed nothing: {tail(self._log)}")
        return float(found.group(1))

    def restored(self) -> int:
        """Segments that came from the archive."""
        return len(set(re.findall(r'restored log file "([0-9A-F]{24})"', self.said())))

    def query(self, text: str) -> str:
        return run([str(programs() / "psql"), "-XqAtc", text, "-h", str(self._folder), "postgres"],
                   self._folder).strip()

    def pgbench(self, *options: str) -> str:
        return run([str(programs() / "pgbench"), "-h", str(self._folder), *options, "postgres"],
                   self._folder)

    def stop(self, how: int = signal.SIGINT) -> dict:
        """What everything below it took (bench/caller/keeper.h)."""
        self._caller.signal(how)
        return self._caller.end(120)[1]


def make_cluster(folder: Path, scale: int, caller: str, work: Path) -> Path:
    """pgbench's tables in a new cluster, shut down."""
    run([str(programs() / "initdb"), "-D", str(folder), "-A", "trust"], work)
    with Server(caller, folder, work / "initialising", {"fsync": "off"}, {}) as server:
        server.wait_until_open(60)
        server.pgbench("-i", "-s", str(scale), "-q")
        server.stop()
    automatic = folder / "postgresql.auto.conf"
    automatic.write_text("")
    return folder
