"""Log folders: one for each run, and only the newest few."""

from __future__ import annotations

from pathlib import Path

from sandbox.logs import KEPT, new_folder


def test_two_runs_never_share_a_folder(tmp_path: Path) -> None:
    one, other = new_folder(tmp_path), new_folder(tmp_path)
    assert one != other
    assert one.is_dir()
    assert other.is_dir()


def test_the_newest_runs_are_kept_and_the_oldest_go(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        older = tmp_path / f"20260101-0000{number:02}-x"
        older.mkdir()
        (older / "host.log").touch()
    newest = new_folder(tmp_path)
    left = sorted(folder.name for folder in tmp_path.iterdir())
    assert left == [f"20260101-0000{number:02}-x" for number in range(4, KEPT + 3)] + [newest.name]
