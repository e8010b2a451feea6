"""Live inspections in a process of their own, at a lower priority, so that they never keep tracking waiting.

An inspection is 50 to 100 ms of many small NumPy and OpenCV calls, each of which needs the interpreter's lock for a
moment. On a thread beside tracking it made every tracked frame wait for that lock again and again, and a thread of
lower priority would hold the lock while it is not run. A process has its own lock, and the system's scheduler lets it
run when tracking does not need the core. Niceness 5 leaves it a quarter of a core that tracking would take all of: at
0 one session's results came 3 ms later (median), at 10 inspections were late with 16 sessions.

The other side is `media_pipeline.inspection_worker`; between them go pickled requests and answers over a socket pair
that nobody else can open. The process is started when it is first needed, ends when this one does, however that ends,
and is started again when it has died.
"""

import logging
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from media_pipeline.errors import PipelineError
from media_pipeline.inspection import Inspection, InspectionRequest

__all__ = ["InspectionFailed", "InspectorChoice", "InspectorProcess"]

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[1]  # where `media_pipeline` is found
START_TIMEOUT_S = 60.0  # libraries and models on a machine that is busy with everything else
SEND_TIMEOUT_S = 10.0  # a request is a megabyte or two, read at once by a process that waits for it
ANSWER_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 3.0
RESTART_AFTER_S = 2.0  # after a failure: a process that always dies must not use up a core with starting
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
# An inspection makes hundreds of maps of half a megabyte to two. By default glibc gives each back to the system at once
# and its pages are made anew for the next one: 5 ms of 70. Kept, they are used again. In bytes.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(64 * 2**20), "MALLOC_TRIM_THRESHOLD_": str(256 * 2**20)}


class InspectionFailed(PipelineError):
    """The process could not be started, died, or took too long; the next inspection starts a new one."""


@dataclass(frozen=True, slots=True)
class InspectorChoice:
    """What the process looks for and with what. acne_weights: another network, None for the built-in one; acne_cache:
    folder for what a .pt was converted to; niceness: added to this process's own, 0 to 19."""

    acne_weights: Path | None = None
    acne_cache: Path = Path("media") / "cache"
    niceness: int = 5


class InspectorProcess:
    """The process, seen from here. One inspection at a time; threads take turns."""

    def __init__(self, choice: InspectorChoice = InspectorChoice()) -> None:
        # the process works in the project's folder
        weights = None if choice.acne_weights is None else choice.acne_weights.resolve()
        self._choice = replace(choice, acne_weights=weights, acne_cache=choice.acne_cache.resolve())
        self._turn = threading.Lock()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._connection: Connection | None = None
        self._answered = False  # by this process
        self._failed_at = float("-inf")

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return None if self._process is None else self._process.pid

    def warm(self) -> None:
        """Start the process now, so that the first inspection does not wait for it. Returns at once."""
        with self._turn:
            try:
                self._start_if_needed()
            except InspectionFailed as error:
                logger.warning("%s; it is tried again when a face is to be inspected", error)

    def inspect_whole(self, request: InspectionRequest) -> Inspection:
        """What is seen on that face. Raises InspectionFailed."""
        with self._turn:
            connection = self._start_if_needed()
            try:
                answer = self._ask(connection, request)
            except (OSError, EOFError) as error:
                self._failed_at = time.monotonic()
                self._stop()
                raise InspectionFailed(f"the inspection process is gone: {error!r}") from error
        if isinstance(answer, Inspection):
            return answer
        raise InspectionFailed(str(answer))

    def close(self) -> None:
        """End the process, in the middle of an inspection too. A second call does nothing."""
        self._closed = True
        process = self._process
        if process is not None:
            process.terminate()  # who waits for its answer is told at once
        with self._turn:
            self._stop()

    def _ask(self, connection: Connection, request: InspectionRequest) -> Any:
        # the worker neither reads nor says anything until its models are loaded
        self._wait_to_send(SEND_TIMEOUT_S if self._answered else START_TIMEOUT_S)
        connection.send(request)
        if not connection.poll(ANSWER_TIMEOUT_S if self._answered else START_TIMEOUT_S):
            raise TimeoutError("no answer in time")
        answer = connection.recv()
        self._answered = True
        return answer

    def _wait_to_send(self, seconds: float) -> None:
        """A process that does not read keeps whoever writes to it no longer than that."""
        assert self._socket is not None
        timeval = struct.pack("ll", int(seconds), round(seconds % 1 * 1e6))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval)

    def _start_if_needed(self) -> Connection:
        if self._closed:
            raise InspectionFailed("the inspection process is closed")
        if self._connection is not None:
            return self._connection
        now = time.monotonic()
        if now - self._failed_at < RESTART_AFTER_S:
            raise InspectionFailed("the inspection process has died and is not started again so soon")
        self._answered = False
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "media_pipeline.inspection_worker", str(theirs.fileno())],
                    cwd=ROOT,
                    env=os.environ | ONE_THREAD | KEEP_MEMORY,
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                )
            except OSError as error:
                ours.close()
                raise InspectionFailed(f"the inspection process cannot be started: {error}") from error
        self._socket, self._connection = ours, Connection(os.dup(ours.fileno()))
        try:
            self._wait_to_send(SEND_TIMEOUT_S)
            self._connection.send(self._choice)
        except OSError as error:
            self._failed_at = now
            self._stop()
            raise InspectionFailed("the inspection process ended at once") from error
        return self._connection

    def _stop(self) -> None:
        """Closing our end is what the process waits for; only one that does not notice is killed."""
        if self._connection is not None and self._socket is not None:
            self._connection.close()
            self._socket.close()
            self._connection = self._socket = None
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            logger.warning("the inspection process did not end and was killed")
            process.kill()
            process.wait()
