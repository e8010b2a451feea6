"""Which live session a line of the log is about: whatever runs for a session runs in a context that says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

__all__ = ["SESSION", "about_session", "short_name"]

SESSION: ContextVar[str] = ContextVar("SESSION", default="-")
SHORT: Final = 8  # characters: tells sessions apart, and leaves 80 bits of the id, which is a guest's only key, unsaid


def short_name(session_id: str) -> str:
    """The session's name in logs and figures."""
    return session_id[:SHORT]


@contextmanager
def about_session(session_id: str) -> Iterator[None]:
    """Everything inside, and all that is started inside, is about this session."""
    token = SESSION.set(short_name(session_id))
    try:
        yield
    finally:
        SESSION.reset(token)
