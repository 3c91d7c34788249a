"""Commands that start the four roles, for the container and for the embedded default."""

# Most shards and listeners of a process, where the environment does not say.
SHARD_SLOTS, LISTENER_SLOTS = 4, 12
CELERY = ("-m", "celery", "-A", "swiftlogix")
# Two threads more than slots: they decline offers for which no slot is free, which would otherwise wait.
SPARE_THREADS = 2


def list_web(host: str, port: str) -> tuple[str, ...]:
    """Return the arguments of Python that start the role `web` on an address."""
    return ("-m", "swiftlogix.web", "--host", host, "--port", port)


def list_shards(slots: int) -> tuple[str, ...]:
    """Return the arguments of Python that start the role `shards`, which reads `slots` shards at most."""
    return _list_worker("shards", slots + SPARE_THREADS)


def list_queues(slots: int) -> tuple[str, ...]:
    """Return the arguments of Python that start the role `queues` with `slots` listeners at most.

    It has twice as many threads, so that short tasks never wait for listeners.
    """
    return _list_worker("listeners,short", 2 * slots)


def list_beat() -> tuple[str, ...]:
    """Return the arguments of Python that start the role `beat`.

    It has no pid file: only one is started, and a stale file would stop it from starting.
    """
    return (*CELERY, "beat", "--pidfile=", "--loglevel=WARNING")


def _list_worker(queues: str, threads: int) -> tuple[str, ...]:
    pool = ("-P", "threads", "-c", str(threads), "--prefetch-multiplier", "1")
    return (*CELERY, "worker", "-Q", queues, *pool, "--loglevel=WARNING")
