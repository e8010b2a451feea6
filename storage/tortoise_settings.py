"""What the commands `tortoise makemigrations` and `tortoise migrate` read (pyproject.toml points here).

The server migrates by itself when it starts; these are for people who change the models.
"""

import os
from typing import Any, Final

from storage.database import connection_config
from storage.schema import tortoise_config

__all__ = ["TORTOISE_ORM"]

TORTOISE_ORM: Final[dict[str, Any]] = tortoise_config(
    connection_config(os.environ.get("DATABASE_URL") or "sqlite://media/dermaassist.sqlite3")
)
