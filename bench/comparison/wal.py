"""The WAL that everything is measured with, and data directories around it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from .processes import Failed, environment, give, own_folder

SEGMENT_SIZE = 16 << 20
_SEGMENT = re.compile(r"[0-9A-F]{24}")


def _segments(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if _SEGMENT.fullmatch(name))


class WalSet:
    """Segments in order, and the base backup that they can be replayed on."""

    def __init__(self, folder: Path, count: int):
        self.base = folder / "base"
        self._folder = folder / "wal"
        self.names = _segments(self._folder)[:count]

    def path(self, name: str) -> Path:
        return self._folder / name

    def warm(self, names: list[str]) -> None:
        """Into the page cache, where a server's newest WAL is; a tool may have dropped it."""
        buffer = bytearray(1 << 20)
        for name in names:
            with open(self.path(name), "rb", buffering=0) as file:
                while file.readinto(buffer):
                    pass


def make(script: Path, folder: Path, segments: int) -> None:
    """Unless as much or more is there already, whole. Takes minutes."""
    done = folder / "complete"
    if done.exists() and len(_segments(folder / "wal")) >= segments:
        return
    done.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    for name in ("base", "wal"):
        shutil.rmtree(folder / name, ignore_errors=True)
    made = subprocess.run(
        ["sh", script, "--with-base", folder / "base", folder / "wal", str(segments)],
        env=environment(Path("/tmp"), {}), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False)
    if made.returncode != 0:
        raise Failed(f"{script}: {made.stderr[-1500:]}")
    subprocess.run(["sync", "-f", folder], check=True)
    done.touch()


def make_data_directory(folder: Path, wal: WalSet) -> Path:
    """What an archive tool looks at in a data directory; no WAL yet."""
    own_folder(folder)
    for name in ("global", "pg_wal", "pg_wal/archive_status"):
        own_folder(folder / name)
    for name in ("PG_VERSION", "global/pg_control"):
        shutil.copyfile(wal.base / name, folder / name)
        give(folder / name)
        (folder / name).chmod(0o600)
    return folder


def put_segments(pgdata: Path, wal: WalSet, names: list[str], ready: bool) -> None:
    """Links rather than copies, so that no writing back disturbs what is measured."""
    wal.warm(names)
    for name in names:
        target = pgdata / "pg_wal" / name
        try:
            os.link(wal.path(name), target)
        except OSError:  # another file system
            shutil.copyfile(wal.path(name), target)
            give(target)
        if ready:
            status = pgdata / "pg_wal" / "archive_status" / f"{name}.ready"
            status.touch()
            give(status)


def copy_tree(source: Path, target: Path) -> None:
    """Written to the disk as well, so that it is not written while something is measured."""
    subprocess.run(["cp", "-a", source, target], check=True)
    subprocess.run(["sync", "-f", target], check=True)


def restore_base(folder: Path, wal: WalSet) -> Path:
    """The base backup as a server's data directory, that has no WAL."""
    copy_tree(wal.base, folder)
    folder.chmod(0o700)
    return folder
