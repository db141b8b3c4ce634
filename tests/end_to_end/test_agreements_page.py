"""The commands of docs/agreements.md run as they stand."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.deployment import Deployment

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```bash\n(.*?)```", re.DOTALL)


def test_an_administrator_can_paste_the_page(deployment: Deployment, tmp_path: Path) -> None:
    credentials = tmp_path / "demo.json"
    clients = {name: {"client_secret": client.client_secret} for name, client in deployment.clients.items()}
    credentials.write_text(json.dumps({"clients": clients}), encoding="utf-8")
    blocks = BLOCK.findall((ROOT / "docs" / "agreements.md").read_text(encoding="utf-8"))
    answer = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=ROOT,
        env={**os.environ, "GATEWAY_URL": deployment.base_url, "DEMO_CLIENTS_FILE": str(credentials)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.split() == [
        "second-person-required",
        "in_force",
        "in_force",
        "False",
        "2028-12-31",
        "None",
        "ended",
        "agreement-expired",
        "agreement_ended",
    ]
