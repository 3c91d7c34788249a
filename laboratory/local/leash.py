"""Runs a program that the kernel ends when its parent dies: `leash.py <parent pid> <signal> <program> ...`.

A program of its own, and not a hook between fork and exec, because such hooks may hang in a parent with
threads. Only Linux has the parent-death signal; elsewhere the program simply runs.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def run_on_leash(parent_pid: int, signal_number: int, command: list[str]) -> None:
    """Become the command, bound to the parent; does not return."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent_pid:
            sys.exit("The parent has gone before the program could start.")
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted; the caller gives the program


if __name__ == "__main__":
    run_on_leash(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
