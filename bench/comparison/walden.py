"""Walden, sealed to a key, with its workers and without."""

from pathlib import Path

from . import machine, processes
from .tool import Commands, Setup, Tool, write


class Walden(Tool):
    name, title = "walden", "Walden, sealed"
    encrypts = True

    def __init__(self, programs: Path):
        self._programs = programs

    @property
    def has_workers(self) -> bool:
        return (self._programs / "wal-push-worker").exists()

    @property
    def pushes_ahead(self) -> bool:
        return self.has_workers

    def missing(self) -> str | None:
        found = all((self._programs / name).exists()
                    for name in ("wal-push", "wal-fetch", "basebackup"))
        return None if found else f"not built: wal-push, wal-fetch, basebackup in {self._programs}"

    def version(self) -> str:
        return machine.version([self._program("wal-push"), "--version"])

    def settings(self) -> str:
        return ("one recipient (AES-256-GCM), key file for fetching, all else at its defaults"
                + ("" if self.has_workers else "; this build has no workers"))

    def _program(self, name: str) -> str:
        return str(self._programs / name)

    def _variables(self) -> dict[str, str]:
        return {}

    def configure(self, setup: Setup) -> Commands:
        place = setup.place
        # One key for all setups of an archive: what one sealed, another opens.
        key, public = setup.shared / "walden-secret.key", setup.shared / "walden-public.key"
        if not key.exists():
            said = processes.run([self._program("basebackup"), "keygen", str(key)], setup.shared)
            public.write_text(said.splitlines()[0])
        lines = ['cluster = "compare"', f'recipients = ["{public.read_text()}"]']
        variables = self._variables()
        if place.kind == "directory":
            lines.append(f'store = "file://{place.folder}"')
        else:
            lines += [f'store = "s3://{place.bucket}/walden"', f's3_endpoint = "{place.endpoint}"',
                      f's3_region = "{place.region}"', f's3_ca_file = "{place.ca_file}"']
            variables |= {"AWS_ACCESS_KEY_ID": place.access_key,
                          "AWS_SECRET_ACCESS_KEY": place.secret_key}
        pushes = write(setup, "push.toml", "\n".join([*lines, ""]))
        fetches = write(setup, "fetch.toml", "\n".join([*lines, f'key_file = "{key}"', ""]))
        return Commands(f"{self._program('wal-push')} %p %f", f"{self._program('wal-fetch')} %f %p",
                        {**variables, "WALDEN_CONFIG": str(pushes)},
                        {**variables, "WALDEN_CONFIG": str(fetches)})

    def initialise(self, setup: Setup) -> None:
        commands = self.configure(setup)
        processes.run([self._program("basebackup"), "init", "--new-archive", "--pgdata",
                       str(setup.pgdata)], setup.folder, commands.archive_variables)


class WaldenWithoutWorker(Walden):
    name, title = "walden-no-worker", "Walden, sealed, no worker"

    @property
    def pushes_ahead(self) -> bool:
        return False

    def missing(self) -> str | None:
        if not self.has_workers:
            return "this build has no workers: see Walden"
        return super().missing()

    def settings(self) -> str:
        return "the same with the workers switched off"

    def _variables(self) -> dict[str, str]:
        return {"WALDEN_WORKER": "off"}
