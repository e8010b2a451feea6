"""What a bench says: rows of a figure, its bar and whether it was met, and the machine they were measured on."""

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

__all__ = ["Row", "machine", "to_markdown"]

PACKAGES = ("aiortc", "av", "aiohttp", "uvloop", "mediapipe", "numpy", "opencv-python-headless", "tortoise-orm")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. bar: in words, "" where there is none; met: None where there is none."""

    what: str
    measured: str
    bar: str = ""
    met: bool | None = None


def machine() -> str:
    """Processor, cores, memory, Python and the versions that matter, in one paragraph."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    cores = sum(line.startswith("processor") for line in _lines("/proc/cpuinfo"))
    memory_kb = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{cpu}, {cores} cores, {memory_kb / 1e6:.0f} GB; Python {platform.python_version()}, {packages}."


def to_markdown(rows: Iterable[Row]) -> str:
    """A table with what was measured beside its bar."""
    marks = {True: "met", False: "**not met**", None: ""}
    lines = ["| what | measured | bar | |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.measured} | {row.bar} | {marks[row.met]} |" for row in rows]
    return "\n".join(lines)


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
