"""docs/protocol.md keeps its word: every example is what the schemas allow, and nothing is left out."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from media_pipeline.guidance import InstructionCode
from media_pipeline.types import Issue
from tests.unit.static.messages import MESSAGES, load_schema

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
EXAMPLES: list[dict[str, Any]] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
MESSAGE_EXAMPLES = [example for example in EXAMPLES if "v" in example]


@pytest.mark.parametrize("example", MESSAGE_EXAMPLES, ids=lambda example: str(example["type"]))
def test_an_example_is_a_message_of_its_type(example: dict[str, Any]) -> None:
    Draft202012Validator(load_schema(example["type"])).validate(example)


def test_every_type_has_an_example() -> None:
    assert {example["type"] for example in MESSAGE_EXAMPLES} == set(MESSAGES)


@pytest.mark.parametrize("name", MESSAGES)
def test_an_example_shows_every_field_that_is_always_there(name: str) -> None:
    (example,) = (example for example in MESSAGE_EXAMPLES if example["type"] == name)
    assert set(load_schema(name)["required"]) <= set(example)


@pytest.mark.parametrize("issue", Issue)
def test_every_issue_of_the_gate_is_named(issue: Issue) -> None:
    assert f"`{issue}`" in PAGE


@pytest.mark.parametrize("code", InstructionCode)
def test_every_instruction_is_named(code: InstructionCode) -> None:
    assert f"`{code}`" in PAGE


def test_every_code_that_the_signalling_can_answer_is_named() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "signaling").glob("*.py")))
    codes = re.findall(r'(?:BadOffer|BadMessage|CaptureRefused|StillRefused|messages\.error)\(\s*"(\w+)"', sources)
    reasons = re.findall(r'\.end\(\s*"(\w+)"', sources)
    assert len(codes) > 10
    assert len(reasons) > 2
    pages = PAGE + (ROOT / "docs" / "whip.md").read_text(encoding="utf-8")
    assert {code for code in codes + reasons if f"`{code}`" not in pages} - {"offer_failed"} == set()
