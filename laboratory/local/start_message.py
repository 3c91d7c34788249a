"""Prints the addresses of a running demo: as a panel on a terminal, else as plain lines."""

from typing import Any, Protocol

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from laboratory.local.var_folder import VarFolder

TITLE = "SwiftLogix is running"
STOP = "Press Ctrl-C to stop everything. The data is kept for the next start."


class Output(Protocol):
    """Output stream of a management command."""

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        ...

    def write(self, text: str) -> object:
        """Write the text."""
        ...

    def flush(self) -> None:
        """Write buffered text at once."""
        ...


def print_start_message(demo: dict[str, Any], folder: VarFolder, output: Output) -> None:
    """Write the demo's addresses, with the logins and keys needed to use them."""
    rows = list_addresses(demo, folder)
    if output.isatty():
        _draw_panel(rows)
        return
    width = max(len(label) for label, _ in rows)
    lines = [f"{TITLE}.", *(f"{label:<{width}}  {value}" for label, value in rows), STOP]
    output.write("\n".join(lines) + "\n")
    output.flush()


def list_addresses(demo: dict[str, Any], folder: VarFolder) -> list[tuple[str, str]]:
    """Return (label, value) rows in the order a newcomer needs them."""
    ops, example = demo["logins"]["ops"], demo["example"]
    return [
        ("Customer page", _describe_example(example) if example else f"{demo['web']}/"),
        (
            "Operations console",
            f"{demo['web']}/ops/   sign in as {ops['username']} with password {ops['password']}",
        ),
        ("API docs", f"{demo['web']}/api/docs/   API key {demo['api_key']}"),
        ("Log files", str(folder.log)),
        ("The same as JSON", str(folder.demo_file)),
    ]


def _describe_example(example: dict[str, str]) -> str:
    return f"{example['page']}   unlock it with {example['secret']}"


def _draw_panel(rows: list[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2))
    for label, value in rows:
        table.add_row(f"[bold]{label}", value)
    # Addresses must stay whole to be clicked, however narrow the terminal is.
    Console(soft_wrap=True).print(Panel.fit(table, title=TITLE, subtitle=STOP))
