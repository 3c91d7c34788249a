#!/usr/bin/env python
"""Django's command line for SwiftLogix: `python manage.py help` lists the commands."""

import os
import sys
from importlib.util import find_spec


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")
    if find_spec("laboratory"):
        from laboratory.local.environment import prepare_environment

        prepare_environment(sys.argv[1:], os.environ)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
