"""Scripts of Redis, called by their hash: a call carries no text, and the server compiles none twice."""

import hashlib
from collections.abc import Sequence
from typing import Any

from redis.exceptions import NoScriptError

Command = tuple[str | int | bytes, ...]

# Texts of all scripts by their hash, for a server that does not know one yet.
_texts: dict[str, str] = {}


class Script:
    """Script in Lua; `call` gives the command that runs it."""

    def __init__(self, text: str) -> None:
        self._hash = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        _texts[self._hash] = text

    def call(self, keys: Sequence[str], *words: str | int | bytes) -> Command:
        """Return the command that runs the script with these keys and arguments; `run` and others send it."""
        return ("EVALSHA", self._hash, len(keys), *keys, *words)


def run(client: Any, command: Command) -> Any:
    """Send one command and return its answer; a script that the server does not know goes with its text."""
    try:
        return client.execute_command(*command)
    except NoScriptError:
        return client.execute_command(*_with_text(command))


async def run_async(client: Any, command: Command) -> Any:
    """Do what `run` does, with a client of `redis.asyncio`."""
    try:
        return await client.execute_command(*command)
    except NoScriptError:
        return await client.execute_command(*_with_text(command))


def run_together(client: Any, commands: Sequence[Command]) -> list[Any]:
    """Send commands in one round trip and return their answers, an error in place of one that failed.

    Those whose script the server does not know are sent once more, with its text, after the others.
    """
    answers = _send(client, commands)
    unknown = [place for place, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        again = _send(client, [_with_text(commands[place]) for place in unknown])
        for place, answer in zip(unknown, again, strict=True):
            answers[place] = answer
    return answers


def _send(client: Any, commands: Sequence[Command]) -> list[Any]:
    with client.pipeline(transaction=False) as pipe:
        for command in commands:
            pipe.execute_command(*command)
        return list(pipe.execute(raise_on_error=False))


def _with_text(command: Command) -> Command:
    """Return the same call with the text of its script, which the server remembers from then on."""
    return ("EVAL", _texts[str(command[1])], *command[2:])
