"""The README's commands run as they stand, one after another, in a shell."""

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


def test_a_partners_engineer_can_paste_the_readme(deployment: Deployment, tmp_path: Path) -> None:
    credentials = tmp_path / "demo.json"
    clients = {
        name: {"client_id": client.client_id, "client_secret": client.client_secret}
        for name, client in deployment.clients.items()
    }
    credentials.write_text(json.dumps({"clients": clients}), encoding="utf-8")
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
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
    lines = answer.stdout.split()
    assert lines[0] == "registered:"
    assert lines[2:] == ["ELIGIBLE", "AMO_ACHAMIL", "ELIGIBLE", "True", "ADMISSIBLE", "enrolled", "ok", "ok", "ok"]
