import os
import subprocess
from pathlib import Path

import pytest

from tests.integration.rest.conftest import ROOT, Server


@pytest.mark.system("curl")
def test_the_whole_service_works_with_nothing_but_curl(rest_server: Server, portrait: bytes, tmp_path: Path) -> None:
    picture = tmp_path / "face-of-mine.jpg"
    picture.write_bytes(portrait)
    run = subprocess.run(
        ["bash", str(ROOT / "docs" / "curl-session.sh"), str(picture)],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "BASE": rest_server.url},
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.rstrip().endswith("== done")
    assert run.stdout.count("-> 401") == 2
    assert '"trend":"no change"' in run.stdout
    assert (tmp_path / "processed.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
    assert (tmp_path / "progress.png").read_bytes()[:4] == b"\x89PNG"
    assert (tmp_path / "export.zip").read_bytes()[:2] == b"PK"
