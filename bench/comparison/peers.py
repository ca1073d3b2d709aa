"""The archive tools that Walden is raced against."""

from . import machine, processes
from .tool import Commands, Setup, Tool, write

_STANZA = "compare"


class PgBackRest(Tool):
    name, title = "pgbackrest", "pgBackRest, one call per segment"
    slow_on = ("s3",)
    asynchronous = False

    def missing(self) -> str | None:
        return None if processes.find("pgbackrest") else "not installed: pgbackrest"

    def version(self) -> str:
        return machine.version([processes.find("pgbackrest"), "version"])

    def settings(self) -> str:
        return ("`compress-type=zst`, `compress-level=1`, `archive-async=n`, `log-level-file=off`, "
                "S3 by path style; not encrypted, which is in its favour")

    def _options(self, setup: Setup) -> list[str]:
        del setup
        return ["archive-async=n"]

    def _repository(self, setup: Setup) -> list[str]:
        place = setup.place
        if place.kind == "directory":
            return [f"repo1-path={place.folder}"]
        return ["repo1-type=s3", "repo1-path=/repo", f"repo1-s3-bucket={place.bucket}",
                f"repo1-s3-region={place.region}", f"repo1-s3-key={place.access_key}",
                f"repo1-s3-key-secret={place.secret_key}", "repo1-s3-uri-style=path",
                "repo1-s3-endpoint=localhost", "repo1-storage-host=localhost",
                f"repo1-storage-port={place.port}", f"repo1-storage-ca-file={place.ca_file}"]

    def _program(self, setup: Setup) -> list[str]:
        return [processes.find("pgbackrest"), f"--config={setup.folder}/pgbackrest.conf",
                f"--stanza={_STANZA}"]

    def configure(self, setup: Setup) -> Commands:
        for name in ("spool", "lock"):
            if not (setup.folder / name).exists():
                processes.own_folder(setup.folder / name)
        write(setup, "pgbackrest.conf", "\n".join([
            "[global]", *self._repository(setup), f"lock-path={setup.folder}/lock",
            f"spool-path={setup.folder}/spool", "log-level-file=off", "compress-type=zst",
            "compress-level=1", *self._options(setup),
            f"[{_STANZA}]", f"pg1-path={setup.pgdata}", ""]))
        program = " ".join(self._program(setup))
        return Commands(f"{program} archive-push %p", f'{program} archive-get %f "%p"')

    def initialise(self, setup: Setup) -> None:
        processes.run([*self._program(setup), "--no-online", "stanza-create"], setup.folder)


class AsynchronousPgBackRest(PgBackRest):
    name, title = "pgbackrest-async", "pgBackRest, async, tuned"
    slow_on = ()
    asynchronous = True
    pushes_ahead = True

    def settings(self) -> str:
        return ("`compress-type=zst`, `compress-level=1`, `archive-async=y`, `process-max=`cores, "
                "`archive-get-queue-max=2GiB`, `spool-path` on pg_wal's file system, "
                "`log-level-file=off`, S3 by path style; not encrypted, which is in its favour")

    def _options(self, setup: Setup) -> list[str]:
        return ["archive-async=y", f"process-max={setup.cores}", "archive-get-queue-max=2GiB"]


class Barman(Tool):
    name, title = "barman", "barman-cloud"
    stores = ("s3",)
    slow_on = ("s3",)

    def missing(self) -> str | None:
        found = processes.find("barman-cloud-wal-archive")
        return None if found else "not installed: barman-cloud-wal-archive (barman-cli-cloud)"

    def version(self) -> str:
        return machine.version([processes.find("barman-cloud-wal-archive"), "--version"])

    def settings(self) -> str:
        return ("`--endpoint-url`; not compressed, which takes it half of the time that its `--gzip` "
                "does; S3 by path style (AWS's configuration file); not encrypted")

    def configure(self, setup: Setup) -> Commands:
        place = setup.place
        config = write(setup, "aws-config", "[default]\ns3 =\n  addressing_style = path\n")
        variables = {**place.aws_variables(), "AWS_CONFIG_FILE": str(config)}
        common = f"--endpoint-url {place.endpoint}"
        where = f"s3://{place.bucket}/barman {_STANZA}"
        archive = processes.find("barman-cloud-wal-archive")
        restore = processes.find("barman-cloud-wal-restore")
        return Commands(f"{archive} {common} {where} %p",
                        f"{restore} {common} {where} %f %p", variables, variables)


class WalG(Tool):
    name, title = "wal-g", "WAL-G"
    pushes_ahead = True

    def missing(self) -> str | None:
        return None if processes.find("wal-g") else "not installed: wal-g (not tried)"

    def version(self) -> str:
        return machine.version([processes.find("wal-g"), "--version"])

    def settings(self) -> str:
        return ("`WALG_COMPRESSION_METHOD=lz4` (its default), `WALG_UPLOAD_CONCURRENCY` and "
                "`WALG_DOWNLOAD_CONCURRENCY` at their defaults; not encrypted")

    def configure(self, setup: Setup) -> Commands:
        place = setup.place
        variables = {"PGDATA": str(setup.pgdata)}
        if place.kind == "directory":
            variables["WALG_FILE_PREFIX"] = str(place.folder)
        else:
            variables |= {**place.aws_variables(), "AWS_ENDPOINT": place.endpoint,
                          "AWS_S3_FORCE_PATH_STYLE": "true",
                          "WALG_S3_CA_CERT_FILE": place.ca_file,
                          "WALG_S3_PREFIX": f"s3://{place.bucket}/walg"}
        program = processes.find("wal-g")
        return Commands(f"{program} wal-push %p", f"{program} wal-fetch %f %p",
                        variables, variables)
