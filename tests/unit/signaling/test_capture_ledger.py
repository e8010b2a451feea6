"""So many captures a minute, and the last reports are remembered."""

import pytest

from signaling.capture_ledger import PER_MINUTE, REMEMBERED, CaptureLedger
from signaling.errors import CaptureRefused


def test_so_many_a_minute() -> None:
    ledger = CaptureLedger()
    for number in range(PER_MINUTE):
        ledger.count(100.0 + number)
    with pytest.raises(CaptureRefused):
        ledger.count(159.9)
    ledger.count(160.0)


def test_the_last_reports_are_remembered() -> None:
    ledger = CaptureLedger()
    for number in range(REMEMBERED + 1):
        ledger.note(str(number), f"report {number}")
    assert ledger.report("0") is None
    assert ledger.report("1") == "report 1"
    assert ledger.report(str(REMEMBERED)) == f"report {REMEMBERED}"
