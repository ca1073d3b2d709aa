"""What it takes to try one tool on one store: folders, an archive, the archiver's stand-in."""

import contextlib
import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import wal
from .processes import Caller, Failed, own_folder
from .stores import Place
from .tool import Commands, Setup, Tool


@dataclass
class Trial:
    tool: Tool
    store: object  # stores.Directory or stores.Bucket
    setup: Setup
    commands: Commands
    names: list[str]  # the segments that lie in pg_wal
    caller_program: str

    def caller(self, mode: str) -> Caller:
        return Caller(self.caller_program, [mode, self.commands.archive], self.setup.pgdata,
                      self.setup.folder, self.commands.archive_variables,
                      self.setup.folder / "said")

    def not_stored(self, names: list[str]) -> list[str]:
        keys = "\n".join(self.store.objects(self.setup.place))
        return [name for name in names if name not in keys]

    def check_all_stored(self) -> None:
        """An archive_command that says 0 for nothing would win every race."""
        lost = self.not_stored(self.names)
        if lost:
            raise Failed(f"acknowledged and not in the store: {', '.join(lost[:3])} …")


class Trials:
    def __init__(self, folder: Path, segments: wal.WalSet, caller_program: str, cores: int):
        self.wal, self.caller_program, self._cores = segments, caller_program, cores
        self._folder = own_folder(folder)
        self._numbers = itertools.count(1)
        self._filled: dict[tuple[str, str], Place] = {}

    def new_folder(self) -> Path:
        return own_folder(self._folder / str(next(self._numbers)))

    def set_up(self, tool: Tool, place: Place, pgdata: Path,
               folder: Path) -> tuple[Setup, Commands]:
        setup = Setup(place, pgdata, own_folder(folder / "setup"), self._folder, self._cores)
        return setup, tool.configure(setup)

    @contextlib.contextmanager
    def archiving(self, tool: Tool, store, names: list[str], ready: bool) -> Iterator[Trial]:
        """A fresh archive, and these segments in pg_wal; all of it goes afterwards."""
        place = store.new_place()
        folder = self.new_folder()
        try:
            yield self._archiving(tool, store, place, names, ready, folder)
        finally:
            store.remove(place)
            shutil.rmtree(folder)

    def _archiving(self, tool: Tool, store, place: Place, names: list[str], ready: bool,
                   folder: Path) -> Trial:
        pgdata = wal.make_data_directory(folder / "data", self.wal)
        setup, commands = self.set_up(tool, place, pgdata, folder)
        tool.initialise(setup)
        wal.put_segments(pgdata, self.wal, names, ready)
        return Trial(tool, store, setup, commands, names, self.caller_program)

    def filled(self, tool: Tool, store, names: list[str]) -> Place:
        """An archive with these segments, made once and reached through any store that is the same
        server. The filling itself is not measured, and goes the short way."""
        key = (tool.name, store.backend)
        if key not in self._filled:
            place = store.nearest.new_place()
            folder = self.new_folder()
            trial = self._archiving(tool, store.nearest, place, names, True, folder)
            with trial.caller("drain") as caller:
                caller.end(1800)
            trial.check_all_stored()
            shutil.rmtree(folder)
            self._filled[key] = place
        return store.near(self._filled[key])
