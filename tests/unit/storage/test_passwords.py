"""Argon2id hashes."""

import pytest
from argon2 import PasswordHasher

from storage.passwords import check_password, hash_password, is_outdated, matches


def test_a_hash_is_salted_argon2id_and_fits_its_password_alone() -> None:
    first, second = hash_password("كلمة السر هنا"), hash_password("كلمة السر هنا")
    assert first != second and first.startswith("$argon2id$")
    assert matches(first, "كلمة السر هنا")
    assert not matches(first, "كلمة السر هن")
    assert not is_outdated(first)
    assert len(first) <= 255


def test_composed_and_decomposed_accents_are_one_password() -> None:
    assert matches(hash_password("caf\u00e9 caf\u00e9"), "cafe\u0301 cafe\u0301")


def test_weaker_parameters_are_outdated_and_nonsense_matches_nothing() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("password1")
    assert matches(weak, "password1") and is_outdated(weak)
    assert not matches("not a hash", "password1")


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025, "é" * 513])
def test_passwords_too_short_or_too_long_are_refused(password: str) -> None:
    with pytest.raises(ValueError, match="a password has at"):
        check_password(password)


@pytest.mark.parametrize("password", ["12345678", "x" * 1024])
def test_passwords_within_the_bounds_are_taken(password: str) -> None:
    check_password(password)
    assert matches(hash_password(password), password)
