"""Let a child process end with its parent, even when the parent is killed and can clean up nothing."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return a function to run in the child just before it starts its program (`preexec_fn`).

    The system then sends the child `number` when its parent ends. Everything is looked up here, in the parent:
    between fork and exec only the system call itself is safe. Outside Linux the returned function does nothing.

    Args:
        number: The signal to send.
    """
    if sys.platform != "linux":
        return lambda: None
    set_option = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        set_option(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        # The parent may have ended between fork and the call: then no signal would ever come.
        if os.getppid() != parent:
            os._exit(1)

    return ask
