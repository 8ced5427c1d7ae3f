import json
import os
import signal
import sys
import threading

bind = "127.0.0.1:0"
workers = 1
# A connection that waits for its turn must not be closed as idle.
keepalive = 60
backlog = 256


def when_ready(server):
    """Stops when the parent process ends, which closes its end of the pipe."""

    def wait():
        os.read(0, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def post_worker_init(worker):
    """Prints the process that serves requests, and its ports."""
    port = worker.sockets[0].getsockname()[1]
    print(json.dumps({"pid": os.getpid(), "ports": {"open": port, "guarded": port}}), flush=True)
