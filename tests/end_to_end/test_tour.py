"""The tour's commands run as they stand, one after another, in a shell."""

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
PAPERS = ["FORM", "PHOTOGRAPH", "IDENTITY", "ENTRY_OR_STAY", "MARRIAGE_DEED", "COMMON_ADDRESS", "SPOUSE_CNIE"]
DEPOSIT_TO_CARD = ["2017-05-15", str(PAPERS), "True", "R_DATE_IMPRECISE", "PASS", "2018-06-19", "REGULARISED_2017"]
RENEWAL = ["RECEIPT", "REG3"]
SPLIT = ["200", "404", "[]"]
EXPORT = ["1", "%PDF"]


def test_the_tour_walks_from_deposit_to_card_and_on(deployment: Deployment, tmp_path: Path) -> None:
    credentials = tmp_path / "demo.json"
    clients = {
        name: {"client_id": client.client_id, "client_secret": client.client_secret}
        for name, client in deployment.clients.items()
    }
    credentials.write_text(json.dumps({"clients": clients}), encoding="utf-8")
    blocks = BLOCK.findall((ROOT / "docs" / "tour.md").read_text(encoding="utf-8"))
    answer = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=ROOT,
        env={**os.environ, "GATEWAY_URL": deployment.base_url, "DEMO_CLIENTS_FILE": str(credentials)},
        capture_output=True,
        check=False,
        timeout=120,
    )
    told = answer.stdout.decode("utf-8", "replace")
    assert answer.returncode == 0, told + answer.stderr.decode("utf-8", "replace")
    assert told.splitlines() == [*DEPOSIT_TO_CARD, *RENEWAL, *SPLIT, *EXPORT]
