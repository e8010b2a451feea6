"""The service as a process of its own that can be killed: real sockets, database and files, quick examination.

    python -m tests.integration.rest.quick_server FOLDER

Prints its port and serves until it is killed. `Authorization: Bearer ann` is a person with consent.
"""

import asyncio
import sys
from pathlib import Path

from settings import Settings
from tests.unit.api.service_fixture import service


async def serve(root: Path) -> None:
    async with service(Settings(_env_file=None), root) as running:
        if await running.storage.accounts.find("ann") is None:
            await running.person("ann")
        sys.stdout.write(f"{running.client.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
