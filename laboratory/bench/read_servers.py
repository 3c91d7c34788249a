"""Web servers of bench read: the product, the product before some steps, and the peers."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from laboratory.bench.machine import ROOT
from laboratory.bench.web_server import WebServer

OURS = (sys.executable, "-m", "swiftlogix.web", "--port", "{port}")
# Each peer on the server that costs it least, with kept connections.
WSGI_PEER = "-m gunicorn --bind 127.0.0.1:{port} --worker-class gthread --threads 8 --keep-alive 75"
ASGI_PEER = "-m uvicorn --host 127.0.0.1 --port {port} --lifespan off --log-level warning --no-access-log"
BEFORE = "laboratory.bench"
PEERS = "laboratory.bench.peers"
TRACED = (sys.executable, "-m", "laboratory.bench.traced_web", "--port", "{port}")
READY = "/tracking/READY"
BARE = ("-m", f"{BEFORE}.bare_server", "{port}")


class Servers(NamedTuple):
    """Running web servers: the product, before three steps, the peers, one that only answers, ours traced."""

    ours: WebServer
    early: WebServer
    on_threads: WebServer
    on_asgi: WebServer
    wsgi: WebServer
    asgi: WebServer
    starlette: WebServer
    bare: WebServer
    traced: WebServer


def make_database(environment: dict[str, str]) -> tuple[str, str]:
    """Make the bench's database; return the key of a partner and the path of a customer's page."""
    done = subprocess.run(
        (sys.executable, "-m", "laboratory.bench.partner_key"),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    key, page = done.stdout.split()
    return key, page


def start_servers(folder: Path, environment: dict[str, str], python: Path, stack: ExitStack) -> Servers:
    """Start all servers; the stack stops them."""
    before = environment | {"DJANGO_SETTINGS_MODULE": f"{BEFORE}.whole_middleware"}
    peer = environment | {"DJANGO_SETTINGS_MODULE": f"{PEERS}.drf_settings"}
    ours_on_uvicorn, peer_on_uvicorn = ((one, *ASGI_PEER.split()) for one in (sys.executable, str(python)))
    on_gunicorn = (str(python), *WSGI_PEER.split())
    described = (
        ("web", OURS, environment, "/healthz"),
        ("web-early", (*ours_on_uvicorn, f"{BEFORE}.early_answers:application"), environment, "/healthz"),
        ("web-on-threads", (*ours_on_uvicorn, f"{BEFORE}.early_answers:application"), before, "/healthz"),
        ("web-on-asgi", (*ours_on_uvicorn, f"{BEFORE}.asgi_handler:application"), before, "/healthz"),
        ("drf-wsgi", (*on_gunicorn, f"{PEERS}.drf_reads:wsgi"), peer, READY),
        ("drf-asgi", (*peer_on_uvicorn, f"{PEERS}.drf_reads:asgi"), peer, READY),
        ("starlette", (*peer_on_uvicorn, f"{PEERS}.starlette_reads:application"), peer, READY),
        ("bare", (sys.executable, *BARE), environment, READY),
        ("web-traced", TRACED, environment, "/healthz"),
    )
    started = []
    for name, command, variables, path in described:
        started.append(WebServer(name, command, variables, folder / f"{name}.log", path))
        stack.callback(started[-1].stop)
    return Servers(*started)
