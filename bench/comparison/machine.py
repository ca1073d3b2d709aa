"""The machine and the versions that figures belong to."""

import os
import platform
import subprocess
from pathlib import Path


def _field(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown"


def cores() -> int:
    return len(os.sched_getaffinity(0))


def _system() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return platform.system()


def describe() -> dict[str, str]:
    info = "/proc/cpuinfo"
    memory = int(_field("/proc/meminfo", "MemTotal").split()[0]) * 1024
    family, model = _field(info, "cpu family"), _field(info, "model")
    return {
        "processor": f"{_field(info, 'model name')} (family {family}, model {model})",
        "cores": str(cores()),
        "memory": f"{memory / 1e9:.1f} GB",
        "kernel": platform.release(),
        "system": _system(),
    }


def version(argv: list[str]) -> str:
    """The first line of what the program says of itself."""
    said = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    lines = (said.stdout or said.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"
