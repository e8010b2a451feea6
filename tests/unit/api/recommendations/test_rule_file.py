"""The rule file that comes with the project is sound, and a mistake in any is refused with its line."""

from pathlib import Path

import pytest

from api.recommendations.rule_file import BUILT_IN, RuleFileError, load, parse
from api.recommendations.rulebook import Rulebook

TEXT = BUILT_IN.read_text()


def refused(text: str) -> str:
    with pytest.raises(RuleFileError) as caught:
        parse(text.encode(), Path("my-rules.yaml"))
    return str(caught.value)


def changed(old: str, new: str) -> tuple[str, int]:
    """The file with one thing changed, and the first line that differs."""
    assert old in TEXT, old
    text = TEXT.replace(old, new, 1)
    pairs = enumerate(zip(TEXT.splitlines(), text.splitlines(), strict=False), 1)
    return text, next(number for number, (before, after) in pairs if before != after)


def test_the_file_that_comes_with_the_project_is_sound(book: Rulebook) -> None:
    assert len(book.rules) > 60
    for rule in book.rules:
        assert rule.version >= 1 and rule.sources


def test_every_cited_source_is_listed_and_every_listed_one_cited(book: Rulebook) -> None:
    cited = {source for rule in book.rules for source in rule.sources}
    cited |= {source for allergen in book.allergens.values() for source in allergen.sources}
    assert cited == set(book.sources)


def test_a_rule_of_a_proposal_says_so(book: Rulebook) -> None:
    assert book.sources["proposal"].kind == "proposal"
    assert all(source.kind in ("guideline", "information", "regulation", "secondary", "proposal")
               for source in book.sources.values())  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("sources: [aad-acne-2024]\n", "soruces: [aad-acne-2024]\n", "soruces: there is no such key"),
        ("sources: [aad-acne-2024]\n", "sources: [aad-acne-2042]\n", "did you mean 'aad-acne-2024'?"),
        ("    of: [benzoyl_peroxide]\n    rank: 1", "    of: [benzoil_peroxide]\n    rank: 1", "did you mean"),
        ("of: [retinoids]\n", "of: [retinoid]\n", "there is no active or group 'retinoid'"),
        ("{condition: acne, grades: [1, 2]}", "{condition: acnee, grades: [1, 2]}", "no condition 'acnee'"),
        ("{condition: acne, grades: [1, 2]}", "{condition: acne, grades: [1, 9]}", "grades"),
        ("{condition: acne, grades: [1, 2]}", "{condition: acne, grades: [2, 1]}", "grades of acne"),
        ("{condition: acne, grades: [1, 2]}", "{condition: acne}", "needs grades, measures or kinds"),
        ("pregnancy: [pregnant, trying]", "pregnancy: [pregnent, trying]", "pregnancy"),
        ("withholds: [acne]", "withholds: [acn]", "there is no condition 'acn'"),
        ("step: cleanse", "step: clense", "there is no step 'clense'; did you mean 'cleanse'?"),
        ("between: [retinoids, exfoliating_acids]", "between: [retinoids, acids]", "no active or group 'acids'"),
        ("between: [retinoids, exfoliating_acids]", "between: [retinoids]", "between"),
        ("advice: alternate", "advice: sometimes", "advice"),
        ("    unanswered: block", "    unanswered: maybe", "unanswered"),
        ("    rank: 1", "    rank: first", "rank"),
        ("id: help-acne-retinoid", "id: help-acne-benzoyl-peroxide", "is there 2 times"),
        ("id: help-acne-retinoid", "id: Help Acne", "id"),
        ("    version: 1", "    version: '1'", "version"),
        ("edition: ", "edition: \"yesterday\"\n# ", "edition"),
        ("  adapalene:\n", "  retinol:\n", "'retinol' is there twice"),
        ("names: [adapalene, differin]", "names: [retinol, differin]", "'retinol' is a name of retinol already"),
        ("names: [tazarotene]", "names: []", "has no names to be found by"),
        ("    groups: [retinoids]\n", "    groups: [adapalene]\n", "'adapalene' is an active, not a group"),
        ("condition: acne, weeks: 8", "condition: acne, weeks: 0", "weeks"),
        ("condition: eczema, weeks", "condition: acne, weeks", "acne has more than one rule"),
        ("    actives: [salicylic_acid]\n", "    actives: [salicylic]\n", "did you mean 'salicylic_acid'?"),
        ("{en: Protect from the sun, ar: الحماية من الشمس}", "{en: Protect from the sun, ar: Sun}", "ar"),
        ("{en: Protect from the sun, ar: الحماية من الشمس}", "{en: Protect from the sun}", "ar"),
        ("\nhelps:\n", "\nhelp:\n", "help: there is no such key"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_file_and_line(old: str, new: str, says: str) -> None:
    text, line = changed(old, new)
    said = refused(text)
    assert says in said
    assert f"my-rules.yaml, line {line}: " in said


def test_broken_yaml_is_refused_near_the_break() -> None:
    text, line = changed("steps:\n", "steps: [\n")
    said = refused(text)
    assert "is no YAML" in said and any(f"line {line + more}:" in said for more in range(4))


def test_an_uncited_source_is_refused() -> None:
    text, line = changed(
        "  doshi-1997:\n",
        "  unused-2001:\n    kind: study\n    reference: A study that no rule cites.\n  doshi-1997:\n",
    )
    assert refused(text).startswith(f"my-rules.yaml, line {line}: no rule cites the source 'unused-2001'")


def test_a_condition_without_a_trial_rule_is_refused() -> None:
    text = "\n".join(line for line in TEXT.splitlines() if "trial-wrinkles" not in line)
    assert "no rule says how long a trial for wrinkles takes" in refused(text)


def test_what_helps_needs_a_time_of_day() -> None:
    text, _ = changed("    of: [vitamin_c]\n    step: treat", "    of: [niacinamide]\n    step: treat")
    assert "no rule of `order` says when to use vitamin_c" in refused(text)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "line 1: must be a mapping"),
        (b"- a\n- b\n", "line 1: must be a mapping"),
        (b"edition: 1\n\xff\n", "line 2: is not UTF-8"),
        (b"a: \x00", "is no YAML"),
        (b"a: !!python/object/apply:os.system [ls]\n", "line 1"),
        (b"a: &x [*x]\n", "line 1: refers to itself"),
        (b"? [1, 2]\n: 3\n", "every key must be a word"),
        (b"edition: 2026-11-27\n", "edition"),
        (b"x" * 1_000_001, "is larger"),
    ],
)
def test_what_is_no_rule_file_at_all_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(RuleFileError, match="rules.yaml, line") as caught:
        parse(data)
    assert says in str(caught.value)


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="none.yaml, line 1: cannot be read"):
        load(tmp_path / "none.yaml")


def test_many_mistakes_are_told_together_and_bounded() -> None:
    said = refused(TEXT.replace("version: 1", "version: 0"))
    assert len(said.splitlines()) == 11 and said.splitlines()[-1].endswith("more")
