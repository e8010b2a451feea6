"""An HTTP session that always comes back: a deadline for the whole exchange, a cap on the answer, no second try.

inference-sdk 1.8.3 sends through `requests` without any time-out, reads answers of any size, tries three times with
pauses on 429, 503, 504 and lost connections, and follows redirects. It takes its session from a thread-local variable,
so a session of this class put there bounds all of that; the tests count the tries and fail if the variable moves.
"""

import io
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from media_pipeline.detectors.hosted_answer import HostedModelError

__all__ = ["BoundedSession"]

MOST_ANSWER_BYTES = 4 * 1024 * 1024  # 500 outlines of 100 points are about 2 MiB of JSON
CHUNK_BYTES = 64 * 1024
LONGEST_PAUSE_S = 300.0  # that a Retry-After can ask for


class BoundedSession:
    """What inference-sdk uses of a `requests.Session`. One thread at a time; connections are kept between exchanges.

    Everything that goes wrong is a HostedModelError whose text holds no address and no key.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deadline = clock()
        self._session = requests.Session()
        self._session.auth = _as_it_is  # else a netrc entry for the host would replace the key's header
        self._session.headers["Accept-Encoding"] = "identity"  # a small body must not unfold into a huge one

    @property
    def cookies(self) -> Any:
        """The session's cookies; inference-sdk clears them around each exchange."""
        return self._session.cookies

    def start(self, timeout_s: float) -> None:
        """Give the next exchange `timeout_s` seconds from now."""
        self._deadline = self._clock() + timeout_s

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    def post(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        data: str | bytes | None = None,
        json: Any = None,
    ) -> Any:
        """Send once; the whole answer, status 200, as a `requests.Response`. Raises HostedModelError."""
        try:
            with self._session.post(
                url,
                headers=headers,
                params=params,
                data=data,
                json=json,
                stream=True,
                timeout=self._left_s(),
                allow_redirects=False,  # a picture of a face goes where the settings say and nowhere else
            ) as response:
                self._check(response)
                body = self._body(response)
                return _whole(response, body)
        except requests.Timeout:
            raise HostedModelError("the hosted model did not answer in time") from None
        except requests.ConnectionError:
            raise HostedModelError("the hosted model could not be reached") from None
        except (requests.RequestException, OSError):
            raise HostedModelError("the hosted model's answer broke off") from None

    def _left_s(self) -> float:
        left = self._deadline - self._clock()
        if left <= 0:
            raise HostedModelError("the hosted model did not answer in time")
        return left

    def _check(self, response: requests.Response) -> None:
        status = response.status_code
        if status == 200:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise HostedModelError("the hosted model's answer is compressed, though that was declined")
            return
        reason = {
            401: "the hosted model refused the key (HTTP 401)",
            402: "the hosted model's account is out of credit (HTTP 402)",
            403: "the hosted model refused the key (HTTP 403)",
            429: "the hosted model has had too many requests (HTTP 429)",
        }.get(status, f"the hosted model answered with HTTP {status}")
        raise HostedModelError(reason, _pause_s(response.headers.get("Retry-After")))

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        while True:
            self._left_s()
            try:
                # read1 comes back with what is there, so a body that trickles meets the deadline too.
                chunk = response.raw.read1(CHUNK_BYTES)
            except ReadTimeoutError:
                raise HostedModelError("the hosted model did not answer in time") from None
            except HTTPError:
                raise HostedModelError("the hosted model's answer broke off") from None
            if not chunk:
                return bytes(body)
            body += chunk
            if len(body) > MOST_ANSWER_BYTES:
                raise HostedModelError(f"the hosted model's answer is larger than {MOST_ANSWER_BYTES} bytes")


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _pause_s(header: str | None) -> float:
    """Seconds of a Retry-After header, 0 for none or for a date."""
    try:
        seconds = float(header or 0)
    except ValueError:
        return 0.0
    return min(seconds, LONGEST_PAUSE_S) if math.isfinite(seconds) and seconds > 0 else 0.0


def _whole(response: requests.Response, body: bytes) -> requests.Response:
    whole = requests.Response()
    whole.status_code = response.status_code
    whole.headers = response.headers
    whole.url = response.url
    whole.raw = io.BytesIO(body)
    return whole
