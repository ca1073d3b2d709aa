"""The programs that the race stands on: the archiver's stand-in, and the proxy that delays."""

import os
import shutil
import socket
import tempfile
import threading
import time
import unittest
from pathlib import Path

from .processes import Caller, Daemon
from .stores import Bucket, Ceph, Place

_PROGRAMS = Path(os.environ.get("WALDEN_BIN_DIR", "/nowhere"))


def _program(name: str) -> str:
    if not (_PROGRAMS / name).exists():
        raise unittest.SkipTest(f"{name} is not in WALDEN_BIN_DIR, {_PROGRAMS}")
    return str(_PROGRAMS / name)


class Archiver(unittest.TestCase):
    def setUp(self):
        built = _program("archive-caller")
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.folder = Path(kept.name)
        self.folder.chmod(0o777)
        # The build folder need not be open to the server's user.
        self._program = shutil.copy(built, self.folder)
        (self.folder / "pg_wal/archive_status").mkdir(parents=True)
        for folder in (self.folder / "pg_wal", self.folder / "pg_wal/archive_status"):
            folder.chmod(0o777)

    def caller(self, mode: str, command: str) -> Caller:
        return Caller(self._program, [mode, command], self.folder, self.folder, {},
                      self.folder / "said")

    def statuses(self) -> list[str]:
        return sorted(os.listdir(self.folder / "pg_wal/archive_status"))

    def test_drains_oldest_first_and_counts_what_detached_itself(self):
        for name in ("B", "A"):
            (self.folder / f"pg_wal/archive_status/{name}.ready").touch()
        # A process of its own session, that would stay for ever.
        worker = "setsid sh -c 'while :; do :; done' >/dev/null 2>&1 &"
        command = (f"test -e started || {{ touch started; {worker} sleep 0.3; }}; "
                   "echo %f %p 100%% >>order")
        with self.caller("drain", command) as caller:
            calls, end = caller.end(60)
        self.assertEqual((self.folder / "order").read_text(), "A pg_wal/A 100%\nB pg_wal/B 100%\n")
        self.assertEqual(self.statuses(), ["A.done", "B.done"])
        self.assertEqual([call["segment"] for call in calls], ["A", "B"])
        self.assertGreater(end["cpu_user_s"] + end["cpu_system_s"], 0.05)
        self.assertGreater(end["peaks_kib"]["sh"], 0)

    def test_a_segment_that_fails_is_not_done(self):
        with self.caller("calls", "exit 3") as caller:
            with self.assertRaisesRegex(Exception, "'exit': 3"):
                caller.call("A")
        self.assertEqual(self.statuses(), ["A.ready"])


class Delay(unittest.TestCase):
    """What is slower than the delay proves nothing; nothing may be faster."""

    def setUp(self):
        program = _program("delay-proxy")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self._listener.close)
        threading.Thread(target=self._echo, daemon=True).start()
        proxy = Daemon([program, str(self._listener.getsockname()[1]), "50"])
        self.addCleanup(proxy.stop)
        self._client = socket.create_connection(("127.0.0.1", proxy.port), timeout=30)
        self.addCleanup(self._client.close)

    def _echo(self):
        server, _ = self._listener.accept()
        with server:
            while piece := server.recv(1 << 20):
                server.sendall(piece)

    def _receive(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            piece = self._client.recv(1 << 20)
            self.assertTrue(piece, "the proxy closed the connection")
            got += piece
        return got

    def test_every_request_waits(self):
        begun = time.monotonic()
        for _ in range(4):
            self._client.sendall(b"request")
            self.assertEqual(self._receive(7), b"request")
        self.assertGreaterEqual(time.monotonic() - begun, 4 * 0.05)

    def test_bytes_arrive_whole_and_in_order(self):
        sent = os.urandom(3 << 20)
        sender = threading.Thread(target=self._client.sendall, args=[sent])
        sender.start()
        self.assertEqual(self._receive(len(sent)), sent)
        sender.join()


class Requests(unittest.TestCase):
    def test_counts_the_buckets_own_requests_since_the_mark(self):
        def line(request: str) -> str:
            return f'2026 1 beast: 0x7f: 127.0.0.1 - walden [21/Nov] "{request}" 200 0 - - -\n'

        with tempfile.TemporaryDirectory() as folder:
            ceph = object.__new__(Ceph)
            ceph.log = Path(folder) / "log"
            bucket = object.__new__(Bucket)
            bucket._ceph = ceph
            ceph.log.write_text(line("PUT /mine/before HTTP/1.1"))
            mark = bucket.mark()
            with open(ceph.log, "a") as log:
                log.write("something else\n" + line("PUT /mine/a HTTP/1.1")
                          + line("GET /mine?list-type=2 HTTP/1.1")
                          + line("PUT /mine/b%20c HTTP/1.1") + line("PUT /mine-not/a HTTP/1.1"))
            self.assertEqual(bucket.requests(Place("s3", bucket="mine"), mark),
                             {"PUT": 2, "GET": 1})


if __name__ == "__main__":
    unittest.main()
