"""The programs a measurement needs beside Python: found, or named clearly when they are missing."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Tool:
    """A program from outside.

    Attributes:
        program: Name on the path.
        package: Debian package that brings it.
        purpose: What it does here.
    """

    program: str
    package: str
    purpose: str


NGINX = Tool("nginx", "nginx-light", "the opponent of the gateway, and the upstream of both")
WRK = Tool("wrk", "wrk", "the load")
TASKSET = Tool("taskset", "util-linux", "keeps server and load on different cores")


class ToolsMissingError(RuntimeError):
    """Programs that a measurement cannot do without are not installed."""


def require(*tools: Tool, find: Callable[[str], str | None] = shutil.which) -> None:
    """Check that programs are there; installs nothing.

    Args:
        tools: What is needed.
        find: How a program is looked for.

    Raises:
        ToolsMissingError: With one line for each program missing, and the command that installs them on Debian.
    """
    missing = [tool for tool in tools if find(tool.program) is None]
    if missing:
        lines = [f"  {tool.program}: {tool.purpose}" for tool in missing]
        packages = " ".join(sorted({tool.package for tool in missing}))
        raise ToolsMissingError(
            "\n".join(["These programs are missing:", *lines, f"On Debian: apt-get install {packages}"])
        )
