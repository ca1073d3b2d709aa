"""Where archives are kept: a directory, Ceph over TLS, and Ceph further away."""

import itertools
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import s3
from .processes import Daemon, Failed, own_folder

DELAYS = {"ceph": 0, "ceph-1ms": 1, "ceph-20ms": 20, "ceph-100ms": 100}
NAMES = ["dir", *DELAYS]
TITLES = {"dir": "directory", "ceph": "Ceph over TLS",
          **{name: f"Ceph, {ms} ms per request" for name, ms in DELAYS.items() if ms}}


@dataclass(frozen=True)
class Place:
    """Where one tool keeps one archive. Directory: folder; S3: all the others."""

    kind: str  # "directory" or "s3"
    folder: Path | None = None
    bucket: str = ""
    port: int = 0  # TLS on localhost
    ca_file: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: str = ""

    @property
    def endpoint(self) -> str:
        return f"https://localhost:{self.port}"

    def aws_variables(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key,
                "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region,
                "AWS_CA_BUNDLE": self.ca_file}


class Directory:
    name = "dir"
    backend = kind = "directory"

    def __init__(self, folder: Path):
        self._folder = folder
        self.nearest = self  # what fills an archive that is only read in the race
        self._numbers = itertools.count(1)

    def new_place(self) -> Place:
        return Place("directory", own_folder(self._folder / f"archive-{next(self._numbers)}"))

    def near(self, place: Place) -> Place:
        return place

    def objects(self, place: Place) -> list[str]:
        return [name for _, _, names in os.walk(place.folder) for name in names]

    def remove(self, place: Place) -> None:
        shutil.rmtree(place.folder)

    def mark(self) -> int:
        return 0

    def requests(self, place: Place, mark: int) -> dict[str, int] | None:
        return None


class Ceph:
    """One gateway, of which the delayed stores are views through a proxy."""

    def __init__(self, script: Path, folder: Path):
        self._script, self._handover = script, folder / "s3-server"
        # Every tool's archive at the same time, and what collects before it is thrown away.
        memory = {"WALDEN_TEST_S3_BYTES": str(16 << 30), "TMPDIR": str(folder)}
        started = subprocess.run(
            [script, "start", self._handover, "--with-caller"], env={**os.environ, **memory},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if started.returncode != 0:
            raise Failed((started.stdout + started.stderr).strip())
        lines = dict(line.split("=", 1) for line in self._handover.read_text().splitlines())
        self.port = int(lines["tls_endpoint"].rsplit(":", 1)[1])
        self.ca_file = lines["ca_file"]
        self.log = Path(lines["folder"]) / "log" / "client.rgw.a.log"
        self.server = s3.Server(lines["endpoint"].partition("//")[2], lines["region"],
                                lines["access_key"], lines["secret_key"])
        self.numbers = itertools.count(1)

    def stop(self) -> None:
        subprocess.run([self._script, "stop", self._handover], check=False,
                       stdin=subprocess.DEVNULL, capture_output=True)


class Bucket:
    """The gateway from so many milliseconds away."""

    backend, kind = "ceph", "s3"

    def __init__(self, name: str, ceph: Ceph, delay_proxy: str):
        self.name, self._ceph = name, ceph
        self._proxy, self.nearest = None, self
        if DELAYS[name]:
            self._proxy = Daemon([delay_proxy, str(ceph.port), str(DELAYS[name])])
            self.nearest = Bucket("ceph", ceph, delay_proxy)

    def stop(self) -> None:
        if self._proxy:
            self._proxy.stop()

    def new_place(self) -> Place:
        bucket = f"archive-{next(self._ceph.numbers)}"
        self._ceph.server.make_bucket(bucket)
        return self.near(Place("s3", bucket=bucket))

    def near(self, place: Place) -> Place:
        """The same archive, reached through this store."""
        server = self._ceph.server
        return Place("s3", bucket=place.bucket,
                     port=self._proxy.port if self._proxy else self._ceph.port,
                     ca_file=self._ceph.ca_file, region=server.region,
                     access_key=server.access_key, secret_key=server.secret_key)

    def objects(self, place: Place) -> list[str]:
        return self._ceph.server.objects(place.bucket)

    def remove(self, place: Place) -> None:
        self._ceph.server.remove_bucket(place.bucket)

    def mark(self) -> int:
        """Where the gateway's log ends now."""
        return self._ceph.log.stat().st_size

    def requests(self, place: Place, mark: int) -> dict[str, int] | None:
        """What the gateway was asked about this bucket since then, by method, from its log:
        … beast: 0x7f: 127.0.0.1 - walden [time] "PUT /bucket/key HTTP/1.1" 200 …"""
        counted: dict[str, int] = {}
        with open(self._ceph.log, errors="replace") as log:
            log.seek(mark)
            for line in log:
                if " beast: " not in line or line.count('"') < 2:
                    continue
                words = line.split('"')[1].split(" ")
                target = words[1] if len(words) == 3 else ""
                if target.partition("?")[0].split("/")[1:2] == [place.bucket]:
                    counted[words[0]] = counted.get(words[0], 0) + 1
        return counted or None
