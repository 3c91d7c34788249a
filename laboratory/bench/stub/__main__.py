"""The stub as a program: `python -m laboratory.bench.stub PORTS_FILE [CERTIFICATE]`."""

import asyncio
import json
import os
import sys
from pathlib import Path

from laboratory.bench.stub.server import listen


def main(arguments: list[str]) -> None:
    """Serve until killed; the ports are written once both are open."""
    ports_file = Path(arguments[0])
    certificate = Path(arguments[1]) if len(arguments) > 1 else None

    def say(ports: dict[str, int]) -> None:
        written = ports_file.with_suffix(".new")
        written.write_text(json.dumps(ports), encoding="utf-8")
        written.rename(ports_file)

    asyncio.run(listen(certificate, say))


if __name__ == "__main__":
    # Only shapes of rows come from the product; nothing here needs its settings.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")
    main(sys.argv[1:])
