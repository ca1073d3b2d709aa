"""Processes of the soak: whose they are, what they see, and how they are killed."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROGRAMS = ["wal-push", "wal-push-worker", "wal-fetch", "wal-fetch-worker", "basebackup"]


class Violation(Exception):
    """A promise was broken, or something did not come back that had to."""


def server_user() -> pwd.struct_passwd | None:
    """Who runs PostgreSQL; None: whoever we are."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def give(path: Path) -> Path:
    user = server_user()
    if user:
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return path


def own_folder(path: Path) -> Path:
    """A new folder that belongs to the server's user."""
    path.mkdir(parents=True)
    path.chmod(0o700)
    return give(path)


def as_server_user(argv: list[str]) -> list[str]:
    """Ends with us, however we end."""
    user = server_user()
    identity = []
    if user:
        identity = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return ["setpriv", *identity, "--pdeathsig=KILL", "--", *argv]


def copy_programs(built: Path, folder: Path) -> Path:
    """Where the server's user can reach them, and where they are ours alone."""
    own_folder(folder)
    for name in PROGRAMS:
        give(Path(shutil.copy(built / name, folder / name)))
    return folder


def run(argv: list[str], folder: Path, variables: dict[str, str], longest: float = 240,
        kill_after: float | None = None) -> subprocess.CompletedProcess:
    """As the server's user. `kill_after`: SIGKILL once so much time has gone by."""
    process = subprocess.Popen(
        as_server_user([str(word) for word in argv]), cwd=folder, text=True, errors="replace",
        env={"PATH": PATH, "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC", **variables},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = process.communicate(timeout=longest if kill_after is None else kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        if kill_after is None:
            raise Violation(f"{argv[0]} {argv[1]} did not end within {longest:.0f} s:\n{err}") \
                from None
    return subprocess.CompletedProcess(argv, process.returncode, out, err)


def processes_of(folder: Path) -> list[tuple[int, str]]:
    """Those whose program lies in `folder`, with its name, by number."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            program = Path(os.readlink(entry / "exe"))
        except OSError:
            continue
        if program.parent == folder:
            found.append((int(entry.name), program.name))
    return sorted(found)


def processes_in(folder: Path) -> list[int]:
    """Those whose working directory it is."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd") == str(folder):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def kill(pid: int, how: int = signal.SIGKILL) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        pass


def wait_until(condition, longest: float, pause: float = 0.1) -> bool:
    deadline = time.monotonic() + longest
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
