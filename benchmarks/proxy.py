"""The plain forwarder that the gateway is held against (nginx), and the upstream behind both."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import LOAD_CORE, SERVER_CORE
from benchmarks.programs import free_port, running

_QUICK = ("--loop", "uvloop", "--http", "httptools")
_SILENT = ("--no-access-log", "--no-server-header", "--no-date-header", "--log-level", "warning")

_FRAME = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 10000000;
{body}
}}
"""

_FORWARDER = """
  upstream behind {{
    server 127.0.0.1:{upstream_port};
    keepalive 64;
    keepalive_requests 10000000;
  }}
  server {{
    listen 127.0.0.1:{port} reuseport;
    location / {{
      proxy_pass http://behind;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Request-Id $request_id;
    }}
  }}
"""


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        port: Loopback port it listens on.
        pid: Its first process; workers are its children.
    """

    port: int
    pid: int


def forwarder_configuration(folder: Path, *, port: int, upstream_port: int) -> str:
    """Return the configuration of a plain forwarder that keeps connections and writes an access line."""
    body = _FORWARDER.format(port=port, upstream_port=upstream_port)
    return _FRAME.format(folder=folder, body=body)


@contextmanager
def upstream(folder: Path) -> Iterator[Server]:
    """Run the bare ASGI upstream on the load's core for the length of a `with` block."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "benchmarks.upstream:app", "--port", str(port), *_QUICK, *_SILENT]
    with running(command, log=folder / "upstream.log", core=LOAD_CORE, port=port) as process:
        yield Server(port, process.pid)


@contextmanager
def forwarder(folder: Path, *, upstream_port: int) -> Iterator[Server]:
    """Run nginx on the server's core for the length of a `with` block."""
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(forwarder_configuration(folder, port=port, upstream_port=upstream_port), encoding="utf-8")
    command = ["nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(file)]
    with running(command, log=folder / "nginx.log", core=SERVER_CORE, port=port) as process:
        yield Server(port, process.pid)
