"""`python -m sandbox.host APP_DIR --port 0`: serve an app until SIGTERM, Ctrl-C or the end of stdin."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.host import Host, HostError, Keys
from sandbox.host.keys import KEYS_VARIABLE
from sandbox.host.settings import developers_settings, inherited
from sandbox.processes import until_stopped


def main() -> int:
    """Serve; the exit code is 1 when the app does not index, or its worker keeps dying."""
    options = _options()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("azure", "app.azure", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    given_up: list[str] = []

    def give_up(reason: str) -> None:
        given_up.append(reason)
        logging.getLogger("sandbox.host").critical("giving up: %s", reason)
        _interrupt_main_thread()

    keys = _keys(options.keys)
    env = inherited() if options.no_local_settings else developers_settings(options.app_dir)
    try:
        with Host(options.app_dir, env, port=options.port, keys=keys, on_given_up=give_up) as host:
            ready = {"name": "host", "url": host.url, "functions": sorted(host.functions), "errors": host.errors}
            print(json.dumps(ready), flush=True)
            until_stopped()
    except HostError as error:
        given_up.append(str(error))
        print(error, file=sys.stderr)
    return 1 if given_up else 0


def _keys(file: Path | None) -> Keys | None:
    """From the file, or from the environment, where the app must not find them."""
    given = os.environ.pop(KEYS_VARIABLE, "")
    text = file.read_text(encoding="utf-8") if file else given
    return Keys.parse(text) if text else None


def _interrupt_main_thread() -> None:
    """A signal to the process may reach any of its threads, and then the main thread goes on reading stdin."""
    main_thread = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main_thread:
        signal.pthread_kill(main_thread, signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.host", description=__doc__)
    parser.add_argument("app_dir", type=Path, help="the folder of function_app.py and host.json")
    parser.add_argument("--port", type=int, default=0, help="0: any free port; the ready line on stdout tells which")
    parser.add_argument("--no-local-settings", action="store_true", help="the environment alone, without local.settings.json")
    parser.add_argument(
        "--keys",
        type=Path,
        metavar="FILE",
        help=f"check function keys as Azure does, against this JSON file (or the JSON itself in ${KEYS_VARIABLE})",
    )
    return parser.parse_args()


if __name__ == "__main__":
    # _exit, since the thread that reads stdin may still hold its lock.
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
