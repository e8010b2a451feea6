"""A throwaway MariaDB: its own data folder, its own port, gone after the tests."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pymysql

__all__ = ["MariaDb"]

OPTIONS = (
    "--skip-name-resolve",
    "--bind-address=127.0.0.1",
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=8M",
    "--innodb-file-per-table=0",
    "--innodb-doublewrite=0",
    "--skip-log-bin",
    "--max-connections=100",
)


class MariaDb:
    """A server in `folder`; durable: what it committed survives its being killed.

    start() and stop() may be called again and again: the data stays."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._commit = "--innodb-flush-log-at-trx-commit=" + ("1" if durable else "0")
        self._data = folder / "data"
        self._socket = folder / "s"
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self.port = _free_port()
        self._user = pwd.getpwuid(os.getuid()).pw_name
        subprocess.run(
            [_program("mariadb-install-db"), "--no-defaults", f"--datadir={self._data}", f"--user={self._user}",
             "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, capture_output=True,
        )  # fmt: skip

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [_program("mariadbd"), "--no-defaults", f"--datadir={self._data}", f"--socket={self._socket}",
                 f"--port={self.port}", f"--user={self._user}", self._commit, *OPTIONS],
                stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 40
        while True:
            try:
                pymysql.connect(host="127.0.0.1", port=self.port, user="root").close()
                return
            except pymysql.err.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise RuntimeError(self._log.read_text(errors="replace")[-2000:]) from None
                time.sleep(0.05)

    def stop(self, kill: bool = False) -> None:
        if self._process is None:
            return
        if kill:
            self._process.kill()
        else:
            self._process.terminate()
        self._process.wait(timeout=30)
        self._process = None

    def pause(self) -> None:
        """Keep the port open and answer nothing, as a hung server does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        threads = Path(f"/proc/{self._process.pid}/task")
        while not all(b") T " in (thread / "stat").read_bytes() for thread in threads.iterdir()):
            time.sleep(0.01)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def execute(self, sql: str) -> tuple[tuple[object, ...], ...]:
        connection = pymysql.connect(host="127.0.0.1", port=self.port, user="root")
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return tuple(cursor.fetchall())
        finally:
            connection.close()

    def new_database(self) -> str:
        """Make a database that no test has used; its name."""
        self._databases += 1
        name = f"bare{self._databases}"
        self.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return name

    def empty(self, name: str) -> None:
        """Make the database where it is missing, and delete every row of every table but the list of migrations."""
        self.execute(f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4")
        tables = self.execute(f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{name}'")
        connection = pymysql.connect(host="127.0.0.1", port=self.port, user="root", database=name, autocommit=True)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET foreign_key_checks = 0")
                for (table,) in tables:
                    if table != "tortoise_migrations":
                        cursor.execute(f"DELETE FROM `{table}`")
        finally:
            connection.close()

    def url(self, name: str) -> str:
        return f"mysql://root@127.0.0.1:{self.port}/{name}"


def _program(name: str) -> str:
    found = shutil.which(name) or f"/usr/sbin/{name}"
    assert Path(found).exists(), name
    return found


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
