"""Serve the embedded store over the CouchDB replication protocol, without school rules.

    python3 scripts/protocol_server.py --port 5999 --data some-folder

Databases are created and deleted over HTTP by anyone who can reach the port, so it listens on the
loopback address only. For conformance tests and for trying other CouchDB clients.
"""

import argparse
import logging
import signal
import socket
from pathlib import Path
from types import FrameType

import environment

THREADS = 32  # unless another number is asked for


def main() -> None:
    """Serve until interrupted."""
    options = _options()
    environment.enter()
    from waitress.server import create_server  # these are only in the environment

    from central.endpoint import bare
    from sync.store.folder_lock import FolderLock
    from sync.web import serving

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, _interrupt)
    options.data.mkdir(parents=True, exist_ok=True)
    with (
        FolderLock(options.data),
        socket.create_server(("127.0.0.1", options.port)) as listener,
    ):
        host = bare.BareHost(options.data)
        try:
            server = create_server(
                bare.create_app(host, threads=options.threads),
                sockets=[listener],
                threads=options.threads,
                connection_limit=1000,
                asyncore_use_poll=True,
                max_request_body_size=64 * 1024 * 1024,  # ours is smaller and answers with JSON
                ident=None,
            )
            serving.calm_collector()
            port = listener.getsockname()[1]
            print(f"Serving {options.data} on http://127.0.0.1:{port}/", flush=True)
            server.run()
        except KeyboardInterrupt:
            pass
        finally:
            host.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, required=True, help="0 takes any free one")
    parser.add_argument("--data", type=Path, required=True, help="folder of the databases")
    parser.add_argument("--threads", type=int, default=THREADS, help="requests at once")
    return parser.parse_args()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
