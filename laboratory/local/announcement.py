"""Says where a running demo is to be looked at: a panel on a terminal, plain lines elsewhere."""

from typing import Any, Protocol

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from laboratory.local.var_folder import VarFolder

STOP = "Ctrl-C stops everything; the data stays for the next start."


class Output(Protocol):
    """A stream as a command has it."""

    def isatty(self) -> bool:
        """Whether a person reads along."""
        ...

    def write(self, text: str) -> object:
        """Write the text."""
        ...

    def flush(self) -> None:
        """Let it be seen now."""
        ...


def announce(demo: dict[str, Any], folder: VarFolder, output: Output) -> None:
    """Write the three addresses, with what is needed to use them."""
    rows = describe_rows(demo, folder)
    if output.isatty():
        _draw_panel(rows)
        return
    width = max(len(label) for label, _ in rows)
    output.write("\n".join(f"{label:<{width}}  {value}" for label, value in rows) + f"\n{STOP}\n")
    output.flush()


def describe_rows(demo: dict[str, Any], folder: VarFolder) -> list[tuple[str, str]]:
    """Label and value, in the order a newcomer needs them."""
    ops, example = demo["logins"]["ops"], demo["example"]
    return [
        ("Customer page", _say_example(example) if example else f"{demo['web']}/"),
        ("Ops console", f"{demo['web']}/ops/   sign in as {ops['username']} / {ops['password']}"),
        ("API docs", f"{demo['web']}/api/docs/   key {demo['api_key']}"),
        ("Logs", str(folder.log)),
        ("All addresses", str(folder.demo_file)),
    ]


def _say_example(example: dict[str, str]) -> str:
    return f"{example['page']}   unlock it with {example['pin_code']}"


def _draw_panel(rows: list[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2))
    for label, value in rows:
        table.add_row(f"[bold]{label}", value)
    # Addresses must stay whole to be clicked, however narrow the terminal is.
    Console(soft_wrap=True).print(Panel.fit(table, title="SwiftLogix is running", subtitle=STOP))
