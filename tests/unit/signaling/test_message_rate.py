"""How many messages a client may send."""

from signaling.message_rate import MessageRate


def test_up_to_the_limit_all_is_well_and_the_first_beyond_is_told_once() -> None:
    rate = MessageRate()
    verdicts = [rate.count(100.0) for _ in range(MessageRate.PER_SECOND + 3)]
    assert verdicts == ["ok"] * MessageRate.PER_SECOND + ["first_over", "over", "over"]


def test_a_new_second_begins_anew() -> None:
    rate = MessageRate()
    for _ in range(MessageRate.PER_SECOND + 5):
        rate.count(100.0)
    assert rate.count(101.0) == "ok"


def test_many_more_are_a_flood() -> None:
    rate = MessageRate()
    verdicts = {rate.count(100.0) for _ in range(MessageRate.FLOOD_PER_SECOND)}
    assert "flood" not in verdicts
    assert rate.count(100.0) == "flood"
