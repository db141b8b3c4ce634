"""A measurement says what it lacks, and installs nothing."""

from pathlib import Path

import pytest

from benchmarks.proxy import forwarder_configuration
from benchmarks.tools import NGINX, TASKSET, WRK, ToolsMissingError, require


def test_everything_there_is_no_news() -> None:
    require(NGINX, WRK, find=lambda program: f"/usr/bin/{program}")


def test_what_is_missing_is_named_with_its_package() -> None:
    with pytest.raises(ToolsMissingError) as missing:
        require(NGINX, WRK, TASKSET, find=lambda program: None if program != "taskset" else "/usr/bin/taskset")
    assert "apt-get install nginx-light wrk" in str(missing.value)
    assert "taskset" not in str(missing.value)


def test_the_plain_forwarder_keeps_connections_and_writes_an_access_line(tmp_path: Path) -> None:
    text = forwarder_configuration(tmp_path, port=1234, upstream_port=4321)
    assert "listen 127.0.0.1:1234" in text
    assert "server 127.0.0.1:4321" in text
    assert "keepalive 64" in text
    assert "access_log off" not in text
