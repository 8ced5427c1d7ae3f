import json
import os
import signal
import sys
import threading

bind = "127.0.0.1:0"
workers = 1
# A connection that waits for its turn is not an idle one.
keepalive = 60
backlog = 256


def when_ready(server):
    """Ends with who has started it, whose end of the pipe is closed then."""

    def wait():
        os.read(0, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def post_worker_init(worker):
    """Says who answers, and where."""
    port = worker.sockets[0].getsockname()[1]
    print(json.dumps({"pid": os.getpid(), "ports": {"open": port, "guarded": port}}), flush=True)
