"""Where the archive lies, and what can happen to it: each fault ends when it is lifted."""

import shutil
import subprocess
from pathlib import Path

from comparison.s3 import Server as S3  # bench/

from .processes import Violation, own_folder, wait_until

# Rules of the hostile proxy (tests/hostile-proxy/fault_script.h). None of them makes the store say
# of an object that it is not there: a store that lies is beyond the promises.
PROXY_FAULTS = {
    "nobody listens": None,
    "503 for all": "status code=503 error=SlowDown times=always",
    "403 for all": "status code=403 error=AccessDenied times=always",
    "500 now and then": "status code=500 error=InternalError times=6",
    "a web page with 404": "html code=404 times=6",
    "no answer": "stall times=4",
    "hang up": "hang-up times=6",
    "answers get lost": "lose method=PUT times=4\nlose method=GET times=4",
    "requests break off": "reset-request bytes=2000 method=PUT times=4",
    "answers break off": "reset-response bytes=3000 method=GET times=6",
    "answers are cut short": "truncate bytes=3000 method=GET times=6",
    "a bit flips": "corrupt bytes=2500 method=GET times=3",
    "slow": "delay ms=700 times=20\nbandwidth bytes=200000 times=8",
}


class Bucket:
    """A bucket of a real S3 server, behind the hostile proxy."""

    faults = sorted(PROXY_FAULTS)

    def __init__(self, handover: Path, proxy: Path, folder: Path):
        self._server = dict(line.split("=", 1) for line in handover.read_text().splitlines())
        if "missing" in self._server:
            raise LookupError(self._server["missing"])
        self._proxy_program, self._proxy, self._port = proxy, None, None
        self._log = folder / "proxy.log"
        self._bucket = folder.name.lower().replace("_", "-").replace(".", "-")
        self._make_bucket()
        self.lift()

    def _make_bucket(self) -> None:
        server = S3(self._server["endpoint"].split("//")[1], self._server["region"],
                    self._server["access_key"], self._server["secret_key"])
        server.make_bucket(self._bucket)

    def settings(self) -> str:
        return (f'store = "s3://{self._bucket}/prod"\n'
                f's3_endpoint = "http://localhost:{self._port}"\n'
                f's3_region = "{self._server["region"]}"\n')

    def variables(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": self._server["access_key"],
                "AWS_SECRET_ACCESS_KEY": self._server["secret_key"]}

    def harm(self, fault: str) -> None:
        script = PROXY_FAULTS[fault]
        self._stop()
        if script is not None:
            self._listen(script)

    def lift(self) -> None:
        self._stop()
        self._listen("")

    def _stop(self) -> None:
        if self._proxy is not None:
            self._proxy.kill()
            self._proxy.wait()
        self._proxy = None

    def _listen(self, script: str) -> None:
        upstream = self._server["endpoint"].rsplit(":", 1)[1]
        own = [] if self._port is None else [str(self._port)]
        with open(self._log, "w", encoding="ascii") as log:
            self._proxy = subprocess.Popen(
                ["setpriv", "--pdeathsig=KILL", str(self._proxy_program), upstream, *own],
                stdin=subprocess.PIPE, stdout=log, text=True)
        self._proxy.stdin.write(script)
        self._proxy.stdin.close()
        if not wait_until(lambda: "\n" in self._log.read_text()[:32], 10, 0.02):
            raise Violation("the proxy does not come up")
        self._port = int(self._log.read_text().split()[1])

    def close(self) -> None:
        self._stop()


class Directory:
    """A directory whose file system comes and goes."""

    faults = ["an empty mount point", "closed to everyone", "gone"]

    def __init__(self, folder: Path):
        self._path = own_folder(folder / "store")
        self._aside = folder / "unmounted"

    def settings(self) -> str:
        return f'store = "file://{self._path}"\n'

    def variables(self) -> dict[str, str]:
        return {}

    def harm(self, fault: str) -> None:
        self.lift()
        if fault == "closed to everyone":
            self._path.chmod(0)
            return
        self._path.rename(self._aside)
        if fault == "an empty mount point":
            own_folder(self._path)

    def lift(self) -> None:
        if self._aside.exists():
            shutil.rmtree(self._path, ignore_errors=True)
            self._aside.rename(self._path)
        self._path.chmod(0o700)

    def close(self) -> None:
        self.lift()
