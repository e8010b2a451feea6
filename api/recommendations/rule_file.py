"""Reading the rule file: what it says, or every mistake in it with its line.

The YAML is composed into nodes first, because nodes know their lines; then the models of `rulebook` check each part,
and what parts say of each other is checked last.
"""

import difflib
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from api.recommendations.rulebook import Rulebook
from media_pipeline.types import Condition

__all__ = ["BUILT_IN", "Mistake", "RuleFileError", "load", "parse"]

BUILT_IN: Final = Path(__file__).resolve().with_name("rules.yaml")
MOST_BYTES: Final = 1_000_000  # twenty times the file that comes with the project
MOST_SHOWN: Final = 10

_Where = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """line counts from 1; what: a sentence without its end."""

    line: int
    what: str


class RuleFileError(ValueError):
    """The rule file cannot be used. Its text has one line per mistake: file, line, what is wrong."""

    def __init__(self, path: Path, mistakes: Iterable[Mistake]) -> None:
        self.path = path
        self.mistakes = tuple(sorted(set(mistakes), key=lambda mistake: (mistake.line, mistake.what)))
        lines = [f"{path}, line {mistake.line}: {mistake.what}" for mistake in self.mistakes[:MOST_SHOWN]]
        if len(self.mistakes) > MOST_SHOWN:
            lines.append(f"{path}: and {len(self.mistakes) - MOST_SHOWN} more")
        super().__init__("\n".join(lines))


def load(path: Path = BUILT_IN) -> Rulebook:
    """The rules of a file. Raises RuleFileError, also where the file cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RuleFileError(path, [Mistake(1, f"cannot be read: {error.strerror}")]) from None
    return parse(data, path)


def parse(data: bytes, path: Path = BUILT_IN) -> Rulebook:
    """The rules in the text of a file; path is named in errors alone. Raises RuleFileError."""
    if len(data) > MOST_BYTES:
        raise RuleFileError(path, [Mistake(1, f"is larger than {MOST_BYTES} bytes")])
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RuleFileError(path, [Mistake(line, "is not UTF-8 here")]) from None
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise RuleFileError(path, [Mistake(line, f"is no YAML: {error.problem or error.context}")]) from None
    except yaml.YAMLError as error:
        line = text[: getattr(error, "position", 0)].count("\n") + 1
        raise RuleFileError(path, [Mistake(line, f"is no YAML: {error}".splitlines()[0])]) from None
    reader = _Reader()
    value = reader.value(root, ()) if root is not None else None
    if reader.mistakes:
        raise RuleFileError(path, reader.mistakes)
    if not isinstance(value, dict):
        raise RuleFileError(path, [Mistake(1, "must be a mapping with sources, actives and rules")])
    try:
        book = Rulebook.model_validate(value)
    except ValidationError as error:
        items = error.errors(include_url=False)
        raise RuleFileError(path, [_mistake(item, reader) for item in items if not _follows(item, items)]) from None
    mistakes = [Mistake(reader.line(where), what) for where, what in _cross_checks(book)]
    if mistakes:
        raise RuleFileError(path, mistakes)
    return book


class _Reader:
    """Nodes as plain values, with the line of each."""

    def __init__(self) -> None:
        self.lines: dict[_Where, int] = {}
        self.mistakes: list[Mistake] = []
        self._scalars = yaml.SafeLoader("")
        self._open: set[int] = set()

    def line(self, where: _Where) -> int:
        """The line of the nearest part that is in the file."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def value(self, node: yaml.Node, where: _Where) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(where, line)
        if id(node) in self._open:
            self.mistakes.append(Mistake(line, "refers to itself"))
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, where)
            if isinstance(node, yaml.SequenceNode):
                return tuple(self.value(child, (*where, index)) for index, child in enumerate(node.value))
            return self._scalar(node) if isinstance(node, yaml.ScalarNode) else None
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, where: _Where) -> dict[Hashable, Any]:
        result: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                self.mistakes.append(Mistake(line, "every key must be a word"))
                continue
            if key in result:
                self.mistakes.append(Mistake(line, f"{key!r} is there twice"))
            self.lines[(*where, key)] = line
            result[key] = self.value(value_node, (*where, key))
        return result

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self.mistakes.append(Mistake(node.start_mark.line + 1, f"{node.value!r} cannot be read"))
            return None


def _mistake(item: Any, reader: _Reader) -> Mistake:
    where = tuple(part for part in item["loc"] if part != "[key]")
    name = ".".join(str(part) for part in where)
    if item["type"] == "extra_forbidden":
        return Mistake(reader.line(where), f"{name}: there is no such key")
    return Mistake(reader.line(where), f"{name}: {item['msg'].removeprefix('Value error, ')}")


def _follows(item: Any, items: Iterable[Any]) -> bool:
    """Whether it is only said because a part of the same list is wrong."""
    depth = len(item["loc"])
    return item["type"] == "too_short" and any(
        len(other["loc"]) > depth and other["loc"][:depth] == item["loc"] for other in items
    )


def _cross_checks(book: Rulebook) -> Iterator[tuple[_Where, str]]:
    yield from _names(book)
    yield from _sources(book)
    yield from _rules(book)


def _names(book: Rulebook) -> Iterator[tuple[_Where, str]]:
    seen: dict[str, str] = {}
    for name, active in book.actives.items():
        if not (active.names or active.exactly):
            yield ("actives", name, "names"), f"{name} has no names to be found by"
        for group in active.groups:
            if group in book.actives:
                yield ("actives", name, "groups"), f"{group!r} is an active, not a group"
        named = [("names", index, phrase) for index, phrase in enumerate(active.names)]
        named += [("exactly", index, phrase) for index, phrase in enumerate(active.exactly)]
        for key, place, phrase in named:
            if phrase in seen:
                yield ("actives", name, key, place), f"{phrase!r} is a name of {seen[phrase]} already"
            seen[phrase] = name
    for name, allergen in book.allergens.items():
        if not (allergen.actives or allergen.names):
            yield ("allergens", name), f"{name} has neither actives nor names"
        for place, one in enumerate(allergen.actives):
            if one not in book.members:
                yield ("allergens", name, "actives", place), unknown("active or group", one, book.members)
    ids: dict[str, int] = {}
    for rule in book.rules:
        ids[rule.id] = ids.get(rule.id, 0) + 1
    for section, index, rule in _located(book):
        if ids[rule.id] > 1:
            yield (section, index, "id"), f"the id {rule.id!r} is there {ids[rule.id]} times"


def _sources(book: Rulebook) -> Iterator[tuple[_Where, str]]:
    cited: set[str] = set()
    places: list[tuple[_Where, tuple[str, ...]]] = [
        (((section, index) if index is not None else (section,)), rule.sources)
        for section, index, rule in _located(book)
    ]
    places += [(("allergens", name), allergen.sources) for name, allergen in book.allergens.items()]
    for where, sources in places:
        for place, source in enumerate(sources):
            cited.add(source)
            if source not in book.sources:
                yield (*where, "sources", place), unknown("source", source, book.sources)
    for source in book.sources:
        if source not in cited:
            yield ("sources", source), f"no rule cites the source {source!r}"


def _rules(book: Rulebook) -> Iterator[tuple[_Where, str]]:
    conditions = frozenset(Condition)
    of = {section: getattr(book, section) for section in ("blocks", "helps", "cautions", "order")}
    for section, rules in of.items():
        for index, naming in enumerate(rules):
            for place, name in enumerate(naming.of):
                if name not in book.members:
                    yield (section, index, "of", place), unknown("active or group", name, book.members)
    for kind in ("rinse_off", "not_for_face"):
        for place, name in enumerate(getattr(book.kinds, kind).helps_with):
            if name not in book.members:
                yield ("kinds", kind, "helps_with", place), unknown("active or group", name, book.members)
    for index, conflict in enumerate(book.conflicts):
        for place, name in enumerate(conflict.between):
            if name not in book.members:
                yield ("conflicts", index, "between", place), unknown("active or group", name, book.members)
    for index, clinician in enumerate(book.clinician):
        for place, name in enumerate(clinician.withholds):
            if name not in conditions:
                yield ("clinician", index, "withholds", place), unknown("condition", name, conditions)
    for index, helping in enumerate(book.helps):
        for place, case in enumerate(helping.when):
            if case.condition is None:
                yield ("helps", index, "when", place), "what helps must name the condition that it helps"
        for name in helping.of:
            if name in book.members and any(book.order_of(active) is None for active in book.members[name]):
                yield ("helps", index, "of"), f"no rule of `order` says when to use {name}"
    for section, cased in (("clinician", book.clinician), ("signs", book.signs), ("habits", book.habits)):
        for index, one in enumerate(cased):
            if not one.conditions:
                yield (section, index, "when"), "one case at least must name a condition"
    for index, order in enumerate(book.order):
        if order.step not in book.steps:
            yield ("order", index, "step"), unknown("step", order.step, book.steps)
    told = [trial.condition for trial in book.trials]
    for index, trial in enumerate(book.trials):
        if trial.condition not in conditions:
            yield ("trials", index, "condition"), unknown("condition", trial.condition, conditions)
        elif told.count(trial.condition) > 1:
            yield ("trials", index, "condition"), f"{trial.condition} has more than one rule"
    for name in sorted(conditions - set(told)):
        yield ("trials",), f"no rule says how long a trial for {name} takes"


def _located(book: Rulebook) -> Iterator[tuple[str, int | None, Any]]:
    """Every rule with its section and place there."""
    for section in ("clinician", "signs", "blocks", "helps", "habits", "cautions", "conflicts", "order", "trials"):
        for index, rule in enumerate(getattr(book, section)):
            yield section, index, rule
    yield "allergy_block", None, book.allergy_block
    yield "by_category", None, book.by_category


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """A sentence on a name that is not there, with the nearest that is."""
    near = difflib.get_close_matches(name, [str(one) for one in known], 1)
    return f"there is no {kind} {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
