"""What the account calls take and give. Every value of an answer's `data` is a string, as existing clients expect;
what is not there is the empty string."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from storage.identifiers import normal_user_id
from storage.passwords import LONGEST_BYTES, SHORTEST, check_password
from storage.records import Account

__all__ = [
    "ConsentAnswer",
    "ConsentBody",
    "DataAnswer",
    "ErasedAnswer",
    "LoginBody",
    "LogoutBody",
    "NameBody",
    "PasswordBody",
    "RefreshBody",
    "RetentionBody",
    "SignUpBody",
    "profile_data",
]

NAME_LONGEST = 120
LONGEST_TOKEN = 2048
DAYS_MOST = 36_500


def _user_id(text: str) -> str:
    normal = normal_user_id(text)
    if normal == "default_user":
        raise ValueError("this user id stands for people who are not logged in")
    return normal


def _password(text: str) -> str:
    check_password(text)
    return text


def _name(text: str) -> str:
    stripped = text.strip()
    if not stripped.isprintable():
        raise ValueError("a name holds characters that can be printed")
    return stripped


UserId = Annotated[
    str,
    Field(
        min_length=3,
        max_length=256,
        description="3 to 64 letters or digits of any script, or . _ - @ + after the first; case does not matter",
    ),
    AfterValidator(_user_id),
]
NewPassword = Annotated[
    str,
    Field(min_length=SHORTEST, max_length=LONGEST_BYTES, description="8 characters at least, 1024 bytes at most"),
    AfterValidator(_password),
]
AnyPassword = Annotated[str, Field(max_length=LONGEST_BYTES)]
Name = Annotated[str, Field(max_length=NAME_LONGEST, description="what to be called"), AfterValidator(_name)]
TokenText = Annotated[str, Field(min_length=1, max_length=LONGEST_TOKEN)]
Days = Annotated[int, Field(ge=1, le=DAYS_MOST)]


class SignUpBody(BaseModel):
    """A new account. consent: agrees to the current text of GET /consent/."""

    user_id: UserId
    password: NewPassword
    name: Name = ""
    consent: bool = False


class LoginBody(BaseModel):
    """A login."""

    user_id: Annotated[str, Field(max_length=256)]
    password: AnyPassword


class RefreshBody(BaseModel):
    """A refresh token, to be exchanged: it is good for one time."""

    refresh_token: TokenText


class LogoutBody(BaseModel):
    """The login's refresh token, for when the access token has expired already."""

    refresh_token: TokenText | None = None


class NameBody(BaseModel):
    """A new name."""

    name: Name


class PasswordBody(BaseModel):
    """A new password, and the present one to prove who asks."""

    password: AnyPassword
    new_password: NewPassword


class RetentionBody(BaseModel):
    """After how many days pictures and reports are deleted by themselves; null: when the person deletes them. Reports
    go with their pictures."""

    pictures_days: Days | None
    reports_days: Days | None


class ConsentBody(BaseModel):
    """Which version of the text is agreed to: the current one, so that nobody agrees to what they have not seen."""

    version: Annotated[str, Field(max_length=32)] | None = None


class DataAnswer(BaseModel):
    """A sentence for the person, and strings."""

    message: str
    data: dict[str, str]


class ConsentAnswer(BaseModel):
    """The current text, and what the caller agreed to: null for nothing, and for callers without an account."""

    message: str
    version: str
    text: str
    given_version: str | None


class ErasedAnswer(BaseModel):
    """What was deleted."""

    message: str
    reports_deleted: int


def profile_data(account: Account) -> dict[str, str]:
    """What a profile says, all as strings."""
    return {
        "user_id": account.user_id,
        "name": account.name,
        "is_admin": "true" if account.is_admin else "false",
        "created_at": account.created_at.isoformat(),
        "consent_version": account.consent_version or "",
        "keep_pictures_days": _number(account.retention.pictures_days),
        "keep_reports_days": _number(account.retention.reports_days),
    }


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
