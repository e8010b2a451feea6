"""The process that inspects live faces: `python -m media_pipeline.inspection_worker DESCRIPTOR`, started by
`media_pipeline.inspection_process`.

Reads an InspectorChoice, then InspectionRequests, from the socket of that number, and answers each with an Inspection,
or with a sentence where it failed. Ends when the other side is gone.
"""

import logging
import os
import signal
import sys
from multiprocessing.connection import Connection

import cv2

from media_pipeline.detectors.registry import DetectorChoice, build_detectors, local_only
from media_pipeline.detectors.resting import RestingDetector
from media_pipeline.inspection import Inspection, InspectionRequest, Inspector
from media_pipeline.inspection_process import InspectorChoice
from media_pipeline.skin_mask import SkinSegmenter

__all__ = ["main", "serve"]

logger = logging.getLogger(__name__)


def main(descriptor: int) -> int:
    """Serve until the other side closes."""
    # Ctrl-C reaches the whole group; when to end is the server's to say, by closing its side
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)  # the cores belong to tracking
    with Connection(descriptor) as connection:
        try:
            serve(connection)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return 0
    return 0


def serve(connection: Connection) -> None:
    """Answer requests. Raises EOFError when the other side is gone."""
    choice = connection.recv()
    assert isinstance(choice, InspectorChoice)
    os.nice(choice.niceness)
    inspector = inspector_for(choice)
    while True:
        connection.send(answer(inspector, connection.recv()))


def inspector_for(choice: InspectorChoice) -> Inspector:
    """The local detectors and the skin segmenter; one thread for the network."""
    wanted = DetectorChoice(acne_weights=choice.acne_weights, acne_cache=choice.acne_cache, acne_threads=1)
    detectors = [RestingDetector(detector) for detector in local_only(build_detectors(wanted))]
    return Inspector(detectors, SkinSegmenter())


def answer(inspector: Inspector, request: InspectionRequest) -> Inspection | str:
    """The inspection, or why there is none."""
    try:
        return inspector.inspect_whole(request)
    except Exception as error:  # whatever one frame breaks, the next one is inspected
        logger.exception("an inspection failed")
        return f"the inspection failed: {type(error).__name__}"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
