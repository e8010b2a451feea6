"""Reading what a signalling request brings: bounded in size and time."""

import asyncio

from aiohttp import web

from signaling.errors import BadOffer

__all__ = ["BODY_TIMEOUT_S", "read_body", "require_type"]

BODY_TIMEOUT_S = 10.0


def require_type(request: web.Request, *types: str) -> None:
    """Raises BadOffer 415 unless the body is of one of these media types."""
    if request.content_type not in types:
        raise BadOffer("wrong_type", f"The body must be {' or '.join(types)}.", 415, accepted=list(types))


async def read_body(request: web.Request, limit: int) -> bytes:
    """At most `limit` bytes. Raises BadOffer: 413 as soon as there are more, 408 when they do not come in time."""
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > limit:
                    raise _too_large(limit)
    except TimeoutError:
        raise BadOffer("offer_too_slow", "The request took too long to arrive.", 408) from None
    return bytes(body)


def _too_large(limit: int) -> BadOffer:
    return BadOffer("offer_too_large", "The request is too large.", 413, limit=limit)
