"""Signing up, logging in and out, exchanging tokens: what happens, apart from HTTP."""

from datetime import datetime
from typing import Final

from api.errors import ApiError
from api.password_workers import PasswordWorkers
from api.tokens import ACCESS_S, BadToken, Token, TokenMaker
from storage import Storage
from storage.attempts import AttemptLimit
from storage.errors import AccountGone, UserIdTaken
from storage.identifiers import new_id, normal_user_id
from storage.passwords import is_outdated
from storage.records import Account

__all__ = ["LoginLimits", "Logins"]


class LoginLimits:
    """How often what may be tried, in `window_s` seconds."""

    def __init__(self, per_account: int, per_address: int, signups: int, window_s: float) -> None:
        self.account: Final = AttemptLimit("login-account", per_account, window_s)
        self.address: Final = AttemptLimit("login-address", per_address, window_s)
        self.signup: Final = AttemptLimit("signup-address", signups, window_s)


class Logins:
    """Every method may raise StorageUnavailable, and ApiError as said."""

    def __init__(self, storage: Storage, tokens: TokenMaker, workers: PasswordWorkers, limits: LoginLimits) -> None:
        self._storage = storage
        self._tokens = tokens
        self._workers = workers
        self._limits = limits

    async def sign_up(
        self, user_id: str, name: str, password: str, consent_version: str | None, address: str
    ) -> tuple[Account, dict[str, str]]:
        """A new account, logged in: the account and its tokens. user_id is normalised. Raises 409 user_id_taken,
        429."""
        await self._count(self._limits.signup, address)
        if await self._storage.accounts.find(user_id) is not None:
            raise taken(user_id)
        password_hash = await self._workers.hash(password)
        try:
            account = await self._storage.accounts.create(user_id, name or user_id, password_hash, consent_version)
        except UserIdTaken:
            raise taken(user_id) from None
        return account, await self._begin(account)

    async def log_in(self, user_id: str, password: str, address: str) -> tuple[Account, dict[str, str]]:
        """The account and its tokens. Raises 401 wrong_credentials, the same in words and time for a wrong password and
        for nobody's user id; 429 after too many attempts on the account or from the address."""
        try:
            normal = normal_user_id(user_id, lenient=True)
        except ValueError:
            normal = ""
        await self._count(self._limits.address, address)
        await self._count(self._limits.account, normal)
        account = await self._storage.accounts.find(normal)
        password_hash = account.password_hash if account is not None else None
        if not await self._workers.matches(password_hash, password) or account is None or password_hash is None:
            raise ApiError(401, "wrong_credentials", "The user id or the password is not right.")
        await self._storage.attempts.clear(self._limits.account, normal)
        await self._storage.attempts.forgive(self._limits.address, address)
        if is_outdated(password_hash):
            newer = await self._workers.hash(password)
            await self._storage.accounts.replace_hash(account.id, password_hash, newer)
        return account, await self._begin(account)

    async def refresh(self, text: str) -> tuple[Account, dict[str, str]]:
        """The next pair of tokens. Raises 401 token_invalid, token_reused (which has ended the login)."""
        old = self._refresh_token(text)
        new = self._tokens.refresh(old.user_id, old.session_id)
        outcome = await self._storage.sessions.rotate(old.session_id, old.digest, new.digest, new.expires_at)
        if outcome == "reused":
            raise ApiError(
                401,
                "token_reused",
                "This refresh token was used before. For your safety this login has been ended; please log in again.",
            )
        account = await self._storage.sessions.find(old.session_id) if outcome == "rotated" else None
        if account is None:
            raise ApiError(401, "token_invalid", "This login has ended. Please log in again.")
        return account, self._pair(account, old.session_id, new)

    async def log_out(self, session_id: str) -> None:
        """End a login: its access and refresh tokens are no longer good."""
        await self._storage.sessions.end(session_id)

    async def log_out_by_refresh_token(self, text: str) -> None:
        """The same by its refresh token. Raises 401 token_invalid where it is none of ours."""
        await self._storage.sessions.end(self._refresh_token(text).session_id)

    async def change_password(self, account: Account, password: str, new_password: str) -> dict[str, str]:
        """Set another password and end every login; tokens of a new one. Raises 401 wrong_credentials, 429."""
        await self._count(self._limits.account, account.user_id)
        if not await self._workers.matches(account.password_hash, password):
            raise ApiError(401, "wrong_credentials", "The present password is not right.")
        await self._storage.attempts.clear(self._limits.account, account.user_id)
        await self._storage.accounts.set_password(account.id, await self._workers.hash(new_password))
        await self._storage.sessions.end_all(account.id, "password")
        return await self._begin(account)

    async def forget(self, account: Account) -> None:
        """Forget the attempts on an account that is deleted."""
        await self._storage.attempts.clear(self._limits.account, account.user_id)

    async def _begin(self, account: Account) -> dict[str, str]:
        session_id = new_id()
        refresh = self._tokens.refresh(account.user_id, session_id)
        try:
            await self._storage.sessions.begin(session_id, account.id, refresh.digest, refresh.expires_at)
        except AccountGone:
            raise ApiError(401, "wrong_credentials", "The user id or the password is not right.") from None
        return self._pair(account, session_id, refresh)

    def _pair(self, account: Account, session_id: str, refresh: Token) -> dict[str, str]:
        return {
            "access_token": self._tokens.access(account.user_id, session_id).text,
            "refresh_token": refresh.text,
            "token_type": "Bearer",
            "expires_in": str(ACCESS_S),
            "refresh_expires_at": _iso(refresh.expires_at),
        }

    def _refresh_token(self, text: str) -> Token:
        try:
            return self._tokens.read(text, "refresh")
        except BadToken:
            raise ApiError(401, "token_invalid", "This login has ended. Please log in again.") from None

    async def _count(self, limit: AttemptLimit, subject: str) -> None:
        wait_s = await self._storage.attempts.note(limit, subject)
        if wait_s > 0:
            seconds = int(wait_s) + 1
            raise ApiError(
                429,
                "too_many_attempts",
                f"Too many attempts. Please try again in {_minutes(seconds)}.",
                {"retry_after_s": seconds},
                headers={"Retry-After": str(seconds)},
            )


def taken(user_id: str) -> ApiError:
    """409: somebody has that user id."""
    return ApiError(409, "user_id_taken", "This user id is taken. Please choose another one.", {"user_id": user_id})


def _minutes(seconds: int) -> str:
    return "a minute" if seconds <= 60 else f"{-(-seconds // 60)} minutes"


def _iso(moment: datetime) -> str:
    return moment.isoformat()
