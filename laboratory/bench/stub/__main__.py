"""Runs the stub: `python -m laboratory.bench.stub PORTS_FILE [CERTIFICATE]`."""

import asyncio
import json
import os
import sys
from pathlib import Path

from laboratory.bench.stub.server import listen


def main(arguments: list[str]) -> None:
    """Serve until killed; write the ports to the file once they are open."""
    ports_file = Path(arguments[0])
    certificate = Path(arguments[1]) if len(arguments) > 1 else None

    def write_ports(ports: dict[str, int]) -> None:
        new_file = ports_file.with_suffix(".new")
        new_file.write_text(json.dumps(ports), encoding="utf-8")
        new_file.rename(ports_file)

    asyncio.run(listen(certificate, write_ports))


if __name__ == "__main__":
    # The stub imports only the format of stored items from the product; it uses none of the settings.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")
    main(sys.argv[1:])
