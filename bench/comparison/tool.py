"""What races: an archive tool as PostgreSQL's settings see it."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from .stores import Place


@dataclass(frozen=True)
class Setup:
    """What a tool is set up with. All folders belong to the server's user."""

    place: Place
    pgdata: Path  # a data directory with global/pg_control; commands run in it
    folder: Path  # for the tool's configuration, spool and logs
    shared: Path  # the same for all setups
    cores: int


@dataclass(frozen=True)
class Commands:
    """The archive_command and the restore_command, and what each finds in its environment."""

    archive: str
    restore: str
    archive_variables: dict[str, str] = field(default_factory=dict)
    restore_variables: dict[str, str] = field(default_factory=dict)


class Tool:
    name = ""
    title = ""
    stores = ("directory", "s3")
    encrypts = False
    # Pushes other segments than the one it was called for.
    pushes_ahead = False
    # Where it is so slow that it gets fewer segments and rounds.
    slow_on: tuple[str, ...] = ()
    # What it is only a yardstick for; empty: it takes part in all measures.
    only_in: tuple[str, ...] = ()

    def missing(self) -> str | None:
        """Why it cannot take part; None when it can."""
        return None

    def version(self) -> str:
        return ""

    def settings(self) -> str:
        """For the page: how it was set up, to the letter that matters."""
        return ""

    def configure(self, setup: Setup) -> Commands:
        raise NotImplementedError

    def initialise(self, setup: Setup) -> None:
        """Makes the archive, where that takes more than a bucket; after configure, once a place."""


def write(setup: Setup, name: str, text: str, mode: int = 0o600) -> Path:
    """A configuration file in the setup's folder, the server user's."""
    path = setup.folder / name
    path.write_text(text)
    path.chmod(mode)
    owner = setup.folder.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
    return path
