"""A small Azure Functions host for life without Core Tools: HTTP, Storage queue and NCRONTAB timer triggers.

The app is indexed and invoked by Microsoft's own runtime library (`azure-functions-runtime`) in a worker process.
`python -m sandbox.host APP_DIR` serves an app; `with Host(app_dir, env) as host:` does the same inside a test.
"""

from sandbox.host.host import Host
from sandbox.host.keys import Keys
from sandbox.host.model import Function, HostError, Result

__all__ = ["Function", "Host", "HostError", "Keys", "Result"]
