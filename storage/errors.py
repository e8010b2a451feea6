"""What can go wrong here, as one tree.

StorageError
  StorageUnavailable      the database or the disk does not answer now; trying again later may work
    StorageFull           there is no room left; nothing was kept
  UserIdTaken             an account of that name exists
  AccountGone             the account does not exist (any more)
  NotConsented            the account has not agreed to keeping pictures and results
  TooMany                 the account has as many of that kind as it may have
  ReportExists            a report of that id is there already
  ClaimLost               another request with the same idempotency key took over
  FileMissing             the file is not there (deleted, expired, never was)
  KeyReused               an idempotency key came back with a different request
  UnreadableBackup        the file is no backup, or a damaged one
  UnreadableCatalogue     the file is no list of products, or one beyond what is accepted
  SearchBusy              more searches wait than can be answered in time
"""

__all__ = [
    "AccountGone",
    "ClaimLost",
    "FileMissing",
    "KeyReused",
    "NotConsented",
    "ReportExists",
    "SearchBusy",
    "StorageError",
    "StorageFull",
    "StorageUnavailable",
    "TooMany",
    "UnreadableBackup",
    "UnreadableCatalogue",
    "UserIdTaken",
]


class StorageError(Exception):
    """Anything this package raises on purpose."""


class StorageUnavailable(StorageError):
    """The database or the disk does not answer now; the same call may work in a moment. Nothing was half-done."""


class StorageFull(StorageUnavailable):
    """No room is left on the device; nothing was kept."""


class UserIdTaken(StorageError):
    """An account with this user id exists already."""


class AccountGone(StorageError):
    """The account does not exist (any more): nothing may be added to it."""


class NotConsented(StorageError):
    """The account has not agreed (or no longer agrees) to keeping pictures and results: nothing was kept."""


class LoginEnded(StorageError):
    """The login in whose name something was to be kept has ended or expired: nothing was kept."""


class TooMany(StorageError):
    """The account has as many of that kind as it may have; one must go before another comes. most says how many."""

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"{what}: {most} at most")
        self.most = most


class ClaimLost(StorageError):
    """This request took longer than its claim on the idempotency key, and another one took over; nothing was kept."""


class ReportExists(StorageError):
    """A report with this id is stored already."""


class FileMissing(StorageError):
    """The file is not there: deleted, expired, or never was."""


class KeyReused(StorageError):
    """An idempotency key came back with another request than the one it was made for."""


class UnreadableBackup(StorageError):
    """The file is not a backup, or its frame is damaged; single bad entries are reported, not raised."""


class UnreadableCatalogue(StorageError):
    """The file is no list of products; the text says why, without the file's name. Single bad rows are reported, not
    raised."""


class SearchBusy(StorageError):
    """More searches wait than can be answered in time; this one was not begun."""
