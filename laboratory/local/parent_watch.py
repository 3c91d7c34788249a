"""Runs a program that gets a signal when its parent dies.

Usage: `parent_watch.py <parent pid> <signal> <program> ...`

It is a program of its own and not a hook between fork and exec, because such hooks may hang in a parent with
threads. Only Linux has the parent-death signal; on other systems the program simply runs.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def run_bound_to_parent(parent_pid: int, signal_number: int, command: list[str]) -> None:
    """Ask the kernel for the signal at the parent's death and replace this process by the command.

    Does not return; exits at once if the parent is already gone.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent_pid:
            sys.exit("The parent ended before the program could start.")
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted; the caller gives the program


if __name__ == "__main__":
    run_bound_to_parent(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
