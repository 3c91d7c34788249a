"""Garbage collection of a web process."""

import subprocess
import sys

# In a process of its own, since frozen objects stay frozen for all other tests.
PROGRAM = """
import gc
from swiftlogix.web import make_config
from workers.gc_tuning import WEB

config = make_config("127.0.0.1", 0)
assert gc.get_freeze_count() == 0
config.load()
import swiftlogix.asgi
assert gc.get_threshold() == WEB
assert not any(known is swiftlogix.asgi.application for known in gc.get_objects())
"""


def test_a_web_process_excludes_the_loaded_application_from_collection_and_collects_rarely():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
