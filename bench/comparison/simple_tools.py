"""What people write themselves, and a command that does nothing."""

from . import machine, processes
from .tool import Commands, Setup, Tool, write


class Nothing(Tool):
    name, title = "nothing", "`true`: a shell and no more"
    only_in = ("latency",)

    def configure(self, setup: Setup) -> Commands:
        return Commands("true", "false")

    def settings(self) -> str:
        return "`archive_command = 'true'`; the floor of latency"


class Off(Tool):
    name, title = "off", "archiving off"
    only_in = ("cost",)

    def configure(self, setup: Setup) -> Commands:
        return Commands("", "")

    def settings(self) -> str:
        return "`archive_mode = off`; the yardstick of cost"


class Copy(Tool):
    name, title = "cp", "cp"
    stores = ("directory",)

    def configure(self, setup: Setup) -> Commands:
        folder = setup.place.folder
        return Commands(f"cp %p {folder}/%f", f"cp {folder}/%f %p")

    def version(self) -> str:
        return machine.version(["cp", "--version"])

    def settings(self) -> str:
        return "`cp %p DIR/%f`, `cp DIR/%f %p`; not compressed, nothing is synced"


class Script(Tool):
    """gzip into a directory, or into the aws command line: one call per segment, as on many a host.

    Its exit code is the last command's: a segment that gzip failed on counts as archived.
    """

    name, title = "gzip-script", "naive script (gzip -1, aws)"
    slow_on = ("s3",)

    def missing(self) -> str | None:
        return None if processes.find("aws") else "not installed: aws (awscli)"

    def version(self) -> str:
        return machine.version([processes.find("aws"), "--version"])

    def settings(self) -> str:
        return ("`gzip -1 <%p | aws s3 cp - s3://BUCKET/%f.gz`, `aws s3 cp … - | gzip -dc >%p`; "
                "on a directory without aws, and nothing is synced. Not encrypted")

    def configure(self, setup: Setup) -> Commands:
        place = setup.place
        if place.kind == "directory":
            return Commands(f"gzip -1 <%p >{place.folder}/%f.gz",
                            f"gzip -dc {place.folder}/%f.gz >%p")
        config = write(setup, "aws-config", "[default]\ns3 =\n  addressing_style = path\n")
        aws = f"{processes.find('aws')} --endpoint-url {place.endpoint} s3 cp --only-show-errors"
        variables = {**place.aws_variables(), "AWS_CONFIG_FILE": str(config)}
        name = f"s3://{place.bucket}/%f.gz"
        return Commands(f"gzip -1 <%p | {aws} - {name}", f"{aws} {name} - | gzip -dc >%p",
                        variables, variables)
