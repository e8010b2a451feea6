"""Who asks is a guest unless something else is known."""

from signaling.visitor import Visitor


def test_without_more_a_visitor_is_a_guest() -> None:
    assert Visitor() == Visitor(None, None) != Visitor("ann", "login")
