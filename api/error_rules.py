"""How failures of the pipeline and of the storage are answered. `app.py` adds the rules of what it wires in besides."""

from typing import Final

from api.errors import ApiError, ErrorRules
from media_pipeline.errors import PictureError
from storage.errors import (
    AccountGone,
    ClaimLost,
    FileMissing,
    KeyReused,
    LoginEnded,
    NotConsented,
    SearchBusy,
    StorageFull,
    StorageUnavailable,
    TooMany,
)

__all__ = ["ERROR_RULES"]

RETRY_AFTER_S: Final = "5"  # a restarted database is back in this time
PICTURE_STATUS: Final = {"too_large": 413, "unsupported_format": 415, "not_an_image": 415}


def _picture(error: PictureError) -> ApiError:
    return ApiError(PICTURE_STATUS.get(error.code, 422), error.code, str(error))


def _unavailable(error: StorageUnavailable) -> ApiError:
    return ApiError(
        503,
        "storage_unavailable",
        "The storage does not answer right now. Nothing was half-done; please try again in a moment.",
        headers={"Retry-After": RETRY_AFTER_S},
    )


def _search_busy(error: SearchBusy) -> ApiError:
    return ApiError(
        503, "search_busy", "Many people are searching right now; please try again.", headers={"Retry-After": "1"}
    )


def _full(error: StorageFull) -> ApiError:
    return ApiError(507, "storage_full", "There is no room left to store this. Nothing was kept.")


def _gone(error: AccountGone) -> ApiError:
    return ApiError(
        401, "account_gone", "This account does not exist any more.", headers={"WWW-Authenticate": "Bearer"}
    )


def _login_ended(error: LoginEnded) -> ApiError:
    return ApiError(
        401,
        "login_ended",
        "This login has ended, and nothing was stored. Please log in again.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _no_consent(error: NotConsented) -> ApiError:
    return ApiError(403, "consent_required", "Keeping this needs your consent first.")


def _key_reused(error: KeyReused) -> ApiError:
    return ApiError(
        422, "idempotency_key_reused", "This Idempotency-Key was sent before with a different picture or name."
    )


def _claim_lost(error: ClaimLost) -> ApiError:
    return ApiError(
        409,
        "in_progress",
        "A request with this Idempotency-Key is being worked on right now.",
        headers={"Retry-After": "2"},
    )


def _too_many(error: TooMany) -> ApiError:
    return ApiError(409, "too_many", f"There is no room for more: {error}.", {"most": error.most})


def _missing(error: FileMissing) -> ApiError:
    return ApiError(404, "not_found", "This picture is not there any more.")


ERROR_RULES: Final[ErrorRules] = {
    PictureError: _picture,
    StorageUnavailable: _unavailable,
    StorageFull: _full,
    AccountGone: _gone,
    LoginEnded: _login_ended,
    NotConsented: _no_consent,
    KeyReused: _key_reused,
    ClaimLost: _claim_lost,
    TooMany: _too_many,
    FileMissing: _missing,
    SearchBusy: _search_busy,
}
