"""Web server of the role `web`, with the limits of sockets. Run it by `python -m swiftlogix.web`."""

import argparse
import os
import signal
import threading
from types import FrameType

import uvicorn
from django.conf import settings
from uvicorn.supervisors import Multiprocess

from swiftlogix.edge.ready_frames import ReadyFrames
from swiftlogix.edge.request_heads import LimitedHeads
from tracking.limits import SOCKET_MESSAGE_BYTES
from tracking.readiness import DRAINING
from workers.gc_tuning import WEB, collect_rarely

# Longer than balancers keep an idle connection (60 s), so that none sends a request into one that we close.
KEEP_ALIVE_S = 75
# Time for requests under way to end after SIGTERM; containers get 30 s.
DRAIN_S = 25


class WebConfig(uvicorn.Config):
    """Settings of the server; once the application is loaded, garbage is collected rarely."""

    def load(self) -> None:
        """Load the application in the process that serves it, which then handles signals."""
        super().load()
        collect_rarely(WEB)
        if threading.current_thread() is threading.main_thread():
            announce_end(settings.DRAIN_NOTICE_S)


def announce_end(notice_s: float) -> None:
    """Let SIGTERM make the process not ready at once, and end it after the notice; a second one ends it now.

    Meanwhile the balancer sends no new requests. The present handler of the signal is the server's.
    """
    end = signal.getsignal(signal.SIGTERM)
    if not callable(end):
        return

    def announce(number: int, frame: FrameType | None) -> None:
        if DRAINING.is_set() or not notice_s:
            DRAINING.set()
            end(number, frame)
            return
        DRAINING.set()
        timer = threading.Timer(notice_s, end, (number, None))
        timer.daemon = True
        timer.start()

    signal.signal(signal.SIGTERM, announce)


def make_config(host: str, port: int, *, access_log: bool = False, processes: int = 1) -> uvicorn.Config:
    """Return the settings of the server.

    Its own reading of proxy headers is off, since the edge does it by TRUSTED_PROXIES. Its log goes through
    the product's, which masks tokens. Sockets are not compressed: a small message could become a large one.
    """
    return WebConfig(
        "swiftlogix.asgi:application",
        host=host,
        port=port,
        workers=processes,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
        lifespan="off",
        log_config=None,
        log_level="info" if access_log else "warning",
        access_log=access_log,
        proxy_headers=False,
        server_header=False,
        http=LimitedHeads,
        ws=ReadyFrames,
        ws_max_size=SOCKET_MESSAGE_BYTES,
        ws_per_message_deflate=False,
    )


def main() -> None:
    """Serve until the process is asked to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    parser.add_argument("--access-log", action="store_true", help="log every request, with tokens masked")
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")
    serve(
        make_config(chosen.host, chosen.port, access_log=chosen.access_log, processes=settings.WEB_PROCESSES)
    )


def serve(config: uvicorn.Config) -> None:
    """Serve in this process; with several processes, in child processes that share the port.

    One that ends is replaced. SIGTERM lets all of them end their requests.
    """
    if config.workers > 1:
        Multiprocess(config, sockets=[config.bind_socket()]).run()
    else:
        uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
