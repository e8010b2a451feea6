"""Who asks for a live session."""

from dataclasses import dataclass

__all__ = ["Visitor"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """user_id: None for a guest; login_id: the login that their token belongs to, by which it is seen later that they
    have logged out. Both or neither."""

    user_id: str | None = None
    login_id: str | None = None
