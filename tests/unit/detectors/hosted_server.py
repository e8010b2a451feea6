"""A real HTTP server on a loopback port that speaks the hosted inference protocol, well or badly as it is told."""

import base64
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np

__all__ = ["Exchange", "HostedServer"]

Behaviour = Callable[["Exchange"], None]


class Exchange(BaseHTTPRequestHandler):
    """One request, and the ways to answer it."""

    protocol_version = "HTTP/1.1"
    server: "HostedServer"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.body = self.rfile.read(length)
        self.server.requests.append(self)
        self.server.behaviour(self)

    def do_GET(self) -> None:
        self.server.requests.append(self)
        self.answer(404, b"{}")

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def predict(self, predictions: list[dict[str, Any]], **more: Any) -> None:
        """Answer as an inference server does."""
        height, width = self.picture().shape[:2]
        answer = {"time": 0.01, "image": {"width": width, "height": height}, "predictions": predictions, **more}
        self.answer(200, json.dumps(answer).encode())

    def picture(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """What was sent: BGR."""
        raw = base64.b64decode(self.body, validate=True)
        assert raw.startswith(b"\xff\xd8"), "not a JPEG"
        picture = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        return picture.astype(np.uint8)

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query)

    def hang(self) -> None:
        """Say nothing until the server closes."""
        self.close_connection = True
        self.server.closing.wait(timeout=30)

    def cut(self) -> None:
        """Close the connection here."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


class HostedServer(ThreadingHTTPServer):
    """Behaves as `behaviour` says; remembers every request."""

    daemon_threads = True

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.behaviour = behaviour
        self.requests: list[Exchange] = []
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join(timeout=10)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what these tests are about."""
