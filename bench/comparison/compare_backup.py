"""What bench/backup needs beside the race of the archive tools: a server that may be of any version,
and a command that is timed."""

import time
from pathlib import Path

from .processes import Failed, give, own_folder, run, wait_until


def timed(argv: list[str], folder: Path, more: dict[str, str]) -> tuple[float, float, float]:
    """Seconds, the largest process's memory in MiB, CPU seconds of all."""
    # A process that is forked from here counts this interpreter's memory as its own. GNU time has
    # next to none, and what it starts is counted from there.
    figures = folder / "figures"
    figures.write_text("")
    give(figures)
    begin = time.monotonic()
    run(["/usr/bin/time", "-q", "-f", "%M %U %S", "-o", str(figures), *argv], folder, more)
    took = time.monotonic() - begin
    kibibytes, user, system = figures.read_text().split()
    return took, int(kibibytes) / 1024, float(user) + float(system)


class PgServer:
    def __init__(self, programs: Path, folder: Path):
        self._programs, self.folder = programs, own_folder(folder)
        self.pgdata = folder / "data"
        library = programs.parent / "lib"
        # The npm packages' servers have their libraries beside them.
        self._variables = {} if str(programs).startswith("/usr/") else {
            "LD_LIBRARY_PATH": str(library)}

    def conninfo(self) -> str:
        return f"host={self.folder} user=postgres"

    def make(self) -> None:
        run([str(self._programs / "initdb"), "-D", str(self.pgdata), "-A", "trust", "-U",
             "postgres"], self.folder, self._variables)

    def start(self, settings: dict[str, str], variables: dict[str, str]) -> None:
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.folder),
                    "max_wal_size": "8GB", "checkpoint_timeout": "1h", **settings}
        if self._version() >= 17:
            settings["summarize_wal"] = "on"
        with open(self.pgdata / "postgresql.auto.conf", "a") as file:
            for name, value in settings.items():
                if name == "archive_command":
                    value = f"env -u LD_LIBRARY_PATH {value}"
                quoted = value.replace("'", "''")
                file.write(f"{name} = '{quoted}'\n")
        run([str(self._programs / "pg_ctl"), "-D", str(self.pgdata), "-l",
             str(self.folder / "log"), "-w", "start"], self.folder,
            {**self._variables, **variables})

    def _version(self) -> int:
        return int((self.pgdata / "PG_VERSION").read_text())

    def stop(self) -> None:
        run([str(self._programs / "pg_ctl"), "-D", str(self.pgdata), "-w", "-m", "immediate",
             "stop"], self.folder, self._variables)

    def query(self, text: str) -> str:
        return run(["/usr/bin/psql", "-XqAtc", text, f"{self.conninfo()} dbname=postgres"],
                   self.folder).strip()

    def fill(self, scale: int) -> None:
        run(["/usr/bin/pgbench", "-h", str(self.folder), "-U", "postgres", "-i", "-q", "-s",
             str(scale), "postgres"], self.folder)
        self.tidy()

    def archive_by(self, command: str) -> None:
        """From now on, and nothing of the one before is under way."""
        self._settle()
        quoted = command.replace("'", "''")
        self.query(f"alter system set archive_command = 'env -u LD_LIBRARY_PATH {quoted}'")
        self.query("select pg_reload_conf()")
        self._settle()

    def change_one_percent(self) -> None:
        self.query("update pgbench_accounts set abalance = 1 where aid <= "
                   "(select max(aid) / 100 from pgbench_accounts)")
        self.tidy()

    def tidy(self) -> None:
        """What is not the backup's is done before it."""
        self.query("vacuum (freeze, analyze)")
        self.query("checkpoint")
        self._settle()

    def _settle(self) -> None:
        self.query("select pg_logical_emit_message(true, 'bench', 'a segment of its own')")
        last = self.query("select pg_walfile_name(pg_switch_wal())")
        done = f"select coalesce(last_archived_wal >= '{last}', false) from pg_stat_archiver"
        if not wait_until(lambda: self.query(done) == "t", 300, 0.3):
            raise Failed("the WAL of the database was not archived in 300 s")
