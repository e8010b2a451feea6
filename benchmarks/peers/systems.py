"""Who is compared: each system's environment, how its server is started, and which way of using it that is."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["MODELS", "SYSTEMS", "System", "environment"]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODELS = ("mesh", "20ms", "80ms")
NEVER_S = "1000000000"


@dataclass(frozen=True, slots=True)
class System:
    """name: as in the table; packages: the lock of its environment, None for this project's own; server: the script;
    settings: environment variables; stamps: whether answers carry the frame's stamp, or RTP timestamps."""

    name: str
    packages: str | None
    server: str
    settings: Mapping[str, str] = field(default_factory=dict)
    stamps: bool = True
    models: tuple[str, ...] = MODELS


OWN = {"MAX_SESSIONS": "500", "ADMISSION": "count", "LOG_LEVEL": "error"}
SYSTEMS = (
    System("DermaAssist, mesh alone", None, "own.py", OWN | {"INSPECT_INTERVAL_S": NEVER_S}, stamps=False),
    System("DermaAssist, everything on", None, "own.py", OWN, stamps=False, models=("mesh",)),
    System("aiortc's example", "aiortc", "aiortc_example.py", {"VARIANT": "default"}),
    System("aiortc's example, tuned", "aiortc", "aiortc_example.py", {"VARIANT": "best"}),
    System("fastrtc", "fastrtc", "fastrtc_stream.py", {"VARIANT": "default"}),
    System("fastrtc, skip_frames", "fastrtc", "fastrtc_stream.py", {"VARIANT": "skip"}),
    System("fastrtc, skip_frames, uvloop", "fastrtc", "fastrtc_stream.py", {"VARIANT": "best"}),
    System("streamlit-webrtc's track", "streamlit", "streamlit_track.py", {"VARIANT": "default"}),
    System("streamlit-webrtc's track, tuned", "streamlit", "streamlit_track.py", {"VARIANT": "best"}),
)


def environment(system: System) -> Path:
    """The Python that runs the system; makes its environment from its lock the first time. Raises
    subprocess.CalledProcessError when the packages cannot be installed."""
    if system.packages is None:
        return Path(sys.executable)
    lock = HERE / "requirements" / f"{system.packages}.txt"
    folder = ROOT / ".venv-peers" / system.packages
    python, done = folder / "bin" / "python", folder / ".installed"
    if not done.exists() or done.read_text() != lock.read_text():
        print(f"installing {system.packages} into {folder}", flush=True)
        quiet = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        # --no-deps: mediapipe's declared needs contradict what runs (see requirements.overrides)
        install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "-r", str(lock)]
        subprocess.run(install, check=True, env=quiet)
        done.write_text(lock.read_text())
    return python
