"""One valid message of each type, the richest that the schemas describe."""

import json
from pathlib import Path
from typing import Any

__all__ = ["MESSAGES", "SCHEMA_FOLDER", "load_schema"]

SCHEMA_FOLDER = Path(__file__).resolve().parents[3] / "static" / "schema"

Message = dict[str, Any]


def load_schema(message_type: str) -> Message:
    """The JSON Schema of one message type."""
    schema: Message = json.loads((SCHEMA_FOLDER / f"{message_type}.schema.json").read_text())
    return schema


_CONDITIONS: Message = {
    "acne": {
        "count": 1,
        "severity": {"grade": 1, "label": "mild", "scale": "iga/1"},
        "score": {"value": 82.0, "low": 76.5, "high": 87.5, "formula": "score/1"},
        "status": "ok",
        "age_ms": 120,
    },
    "wrinkles": {
        "count": 0,
        "severity": None,
        "score": None,
        "status": "withheld",
        "reason": "The picture is blurred.",
    },
}

_ANNOTATIONS: Message = {
    "v": 1,
    "type": "annotations",
    "seq": 7,
    "rtp_timestamp": 4294967295,
    "frame": {"width": 1280, "height": 720},
    "received_ms": 812345.6,
    "age_ms": 6.4,
    "stages_ms": {"convert": 0.8, "mesh": 2.5, "quality": 0.4},
    "received": 9,
    "analysed": 8,
    "dropped": 1,
    "face": {
        "box": [0.31, -0.02, 0.3, 0.6],
        "pose": {"yaw": -3.2, "pitch": 1.0, "roll": 0.4},
        "confidence": 0.98,
        "contours": {"face_oval": [[0.31, 0.2], [0.6, 0.2], [0.45, 0.58], [0.31, 0.2]]},
        "landmarks": [[0.4, 0.3, -0.02]] * 478,
    },
    "regions": [
        {
            "name": "forehead",
            "polygon": [[0.35, 0.0], [0.55, 0.0], [0.45, 0.1]],
            "visible": True,
            "tone": {"ita": 41.5, "class": "light", "reason": None},
        },
        {
            "name": "nose",
            "polygon": [[0.4, 0.2], [0.5, 0.2], [0.45, 0.3]],
            "visible": False,
            "tone": {"ita": None, "class": None, "reason": "abnormal light"},
        },
    ],
    "quality": {"ok": False, "issues": ["too_far", "blurred"], "measures": {"face_width": 0.12}},
    "guidance": {"code": "come_closer", "since_ms": 820},
    "conditions": _CONDITIONS,
    "findings": [
        {
            "id": "f1",
            "condition": "acne",
            "region": "left_cheek",
            "box": [0.5, 0.3, 0.02, 0.03],
            "outline": [[0.5, 0.3], [0.52, 0.3], [0.51, 0.33]],
            "confidence": 0.7,
            "age_ms": 120,
            "kind": "papule",
            "measure": {"name": "diameter", "value": 3.1, "unit": "mm"},
        }
    ],
    "degraded": ["inspect_rate"],
    "steady_ms": 320,
    "frozen_ms": 2400,
}

MESSAGES: dict[str, Message] = {
    "configure": {
        "v": 1,
        "type": "configure",
        "conditions": ["acne", "dark_spots"],
        "max_fps": 30,
        "landmarks": "contours",
        "auto_capture": False,
        "moves": True,
        "stills": True,
    },
    "capture": {"v": 1, "type": "capture", "capture_id": "c-1", "still": True},
    "still_begin": {
        "v": 1,
        "type": "still_begin",
        "capture_id": "c-1",
        "bytes": 4_000_000,
        "content_type": "image/jpeg",
        "sha256": "0a" * 32,
    },
    "still_end": {"v": 1, "type": "still_end", "capture_id": "c-1"},
    "capture_state": {
        "v": 1,
        "type": "capture_state",
        "capture_id": "c-1",
        "state": "failed",
        "auto": False,
        "code": "no_good_face",
    },
    "ping": {"v": 1, "type": "ping", "t": 1042.7},
    "hello": {
        "v": 1,
        "type": "hello",
        "session_id": "3e1a52f0",
        "conditions": ["acne", "wrinkles"],
        "limits": {"width": 1920, "height": 1080, "fps": 30, "message_bytes": 16384, "still_bytes": 20_971_520},
        "resumed": False,
        "resume": {"token": "eyJ0.eyJz.c2ln", "expires_in_ms": 90000},
    },
    "resume": {"v": 1, "type": "resume", "token": "eyJ0.eyJz.c2ln", "expires_in_ms": 90000},
    "pong": {"v": 1, "type": "pong", "t": 1042.7},
    "budget": {"v": 1, "type": "budget", "width": 1280, "height": 720, "fps": 30, "kbps": 2500},
    "report": {
        "v": 1,
        "type": "report",
        "capture_id": "c-1",
        "report_id": "12",
        "kept": True,
        "url": "http://localhost:8000/reports/12",
        "date": "2026-11-26T10:00:00+00:00",
        "source": "still",
        "size": {"width": 4000, "height": 3000},
        "pictures_used": 1,
        "conditions": _CONDITIONS,
        "receipts": {
            "acne": {
                "detector": {"name": "yolo", "version": "1", "backend": "onnxruntime"},
                "measures": [{"name": "inflammatory_lesions", "value": 3.0, "unit": "lesions"}],
                "gamma": 0.5,
                "terms": [
                    {
                        "measure": "inflammatory_lesions",
                        "value": 3.0,
                        "unit": "lesions",
                        "reference": 100.0,
                        "weight": 1.0,
                        "noise": 1.0,
                        "relative_noise": 0.2,
                        "values": [3.0, 2.0, 4.0],
                    }
                ],
                "crops": ["http://localhost:8000/media/a/crop.jpg?expires=1&signature=x"],
            },
            "wrinkles": {
                "detector": {"name": "ridges", "version": "1", "backend": "numpy"},
                "measures": [],
                "crops": [],
            },
        },
        "quality": {"ok": False, "issues": ["uneven_light"]},
        "pictures": {
            "original": "http://localhost:8000/media/a/original.jpg?expires=1&signature=x",
            "processed": "http://localhost:8000/media/a/processed.jpg?expires=1&signature=x",
            "face": None,
        },
        "pictures_expire_at": "2026-11-26T10:15:00+00:00",
        "notice": "This is information about how the skin looks in this picture, not a diagnosis.",
    },
    "error": {"v": 1, "type": "error", "code": "unknown_type", "message": "There is no message of that type."},
    "bye": {"v": 1, "type": "bye", "reason": "shutting_down", "retry_after_ms": 2000},
    "annotations": _ANNOTATIONS,
    "moves": {
        "v": 1,
        "type": "moves",
        "seq": 9,
        "of": 7,
        "rtp_timestamp": 4294967295,
        "received_ms": 812412.2,
        "received": 11,
        "analysed": 10,
        "dropped": 1,
        "face": [3100, -200, 3000, 6000],
        "pose": [-3.2, 1.0, 0.4],
        "boxes": [5000, 3000, 200, 300],
        "steady_ms": 240,
    },
}
