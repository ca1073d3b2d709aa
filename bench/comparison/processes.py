"""Processes of the bench: whose they are, what they see, and that they end with it."""

import json
import os
import pwd
import select
import shutil
import subprocess
import time
from pathlib import Path

# Debian's own programs, whatever the caller's PATH puts before them: the server's user could not
# even reach a home directory's.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Failed(Exception):
    """A tool or a server did not do what it was asked to."""


def find(program: str) -> str | None:
    return shutil.which(program, path=PATH) or shutil.which(program)


def server_user() -> pwd.struct_passwd | None:
    """Who runs PostgreSQL and the tools; None: whoever we are."""
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
    user = server_user()
    if user is None:
        return argv
    identity = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return ["setpriv", *identity, "--", *argv]


def environment(home: Path, more: dict[str, str]) -> dict[str, str]:
    """Nothing of ours goes to the tools: a variable of the caller's must not change a figure."""
    return {"PATH": PATH, "HOME": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC", **more}


def tail(path: Path) -> str:
    text = path.read_text(errors="replace") if path.exists() else ""
    return "\n".join(text.strip().splitlines()[-12:])


def run(argv: list[str], folder: Path, more: dict[str, str] | None = None) -> str:
    """As the server's user, in that folder; its standard output. Failed when it fails."""
    done = subprocess.run(
        as_server_user(argv), cwd=folder, env=environment(folder, more or {}), text=True,
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=600,
        start_new_session=True)
    if done.returncode != 0:
        raise Failed(f"{argv[0]}: exit {done.returncode}: {(done.stderr or done.stdout)[-1500:]}")
    return done.stdout


class Daemon:
    """A helper that says "port N" first and runs until it is stopped."""

    def __init__(self, argv: list[str]):
        self._process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            start_new_session=True)
        word = self._process.stdout.readline().split()
        if len(word) != 2 or word[0] != "port":
            self.stop()
            raise Failed(f"{argv[0]} did not come up")
        self.port = int(word[1])

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


class Caller:
    """bench/caller at work: a stand-in for the archiver, or a server that is watched."""

    def __init__(self, program: str, words: list[str], folder: Path, home: Path,
                 more: dict[str, str], log: Path):
        self._log = log
        with open(log, "ab") as said:
            self._process = subprocess.Popen(
                as_server_user([program, *words]), cwd=folder, env=environment(home, more),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True,
                start_new_session=True)

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def call(self, segment: str, longest: float = 300) -> dict:
        """One archive_command, in mode "calls"."""
        self._process.stdin.write(segment + "\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], longest)[0]:
            raise Failed(f"no answer for {segment} in {longest} s: {tail(self._log)}")
        answer = json.loads(self._process.stdout.readline() or "{}")
        if answer.get("exit") != 0:
            raise Failed(f"{segment}: {answer}: {tail(self._log)}")
        return answer

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def running(self) -> bool:
        return self._process.poll() is None

    def end(self, longest: float) -> tuple[list[dict], dict]:
        """Waits until it is done: its calls, and what everything took."""
        try:
            said, _ = self._process.communicate(timeout=longest)
        except subprocess.TimeoutExpired:
            raise Failed(f"not done after {longest:.0f} s: {tail(self._log)}") from None
        lines = [json.loads(line) for line in said.splitlines()]
        if self._process.returncode != 0 or not lines:
            raise Failed(f"exit {self._process.returncode}: {tail(self._log)}")
        return lines[:-1], lines[-1]


def wait_until(condition, longest: float, pause: float = 0.05) -> bool:
    deadline = time.monotonic() + longest
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
