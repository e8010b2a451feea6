import pytest

from api.error_rules import ERROR_RULES
from api.errors import as_api_error
from media_pipeline.errors import PictureError
from storage import errors


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (PictureError("no_face", "No face."), 422, "no_face"),
        (PictureError("too_large", "Large."), 413, "too_large"),
        (PictureError("not_an_image", "What?"), 415, "not_an_image"),
        (errors.StorageUnavailable("mysql://root:secret@db"), 503, "storage_unavailable"),
        (errors.StorageFull("full"), 507, "storage_full"),
        (errors.AccountGone("ann"), 401, "account_gone"),
        (errors.LoginEnded("ann"), 401, "login_ended"),
        (errors.NotConsented("ann"), 403, "consent_required"),
        (errors.KeyReused("k"), 422, "idempotency_key_reused"),
        (errors.ClaimLost("k"), 409, "in_progress"),
        (errors.TooMany("trials", 100), 409, "too_many"),
        (errors.FileMissing("k"), 404, "not_found"),
    ],
)
def test_each_failure_has_its_answer(error: Exception, status: int, code: str) -> None:
    answer = as_api_error(error, ERROR_RULES)
    assert answer is not None
    assert (answer.status, answer.code) == (status, code)
    assert "secret" not in answer.sentence


def test_what_may_work_later_says_when() -> None:
    answer = as_api_error(errors.StorageUnavailable("gone"), ERROR_RULES)
    assert answer is not None and int(answer.headers["Retry-After"]) > 0
