"""Files that are written whole or not at all, where the system refuses or the process is killed."""

import contextlib
import os
import resource
import signal
import subprocess
import sys

import pytest

from draft_heads import files, states
from draft_heads.cli import main
from draft_heads.errors import UserError
from draft_heads.export import export_model
from draft_heads.states import state_file, write_states
from draft_heads.train import Settings, open_run, train


SETTINGS = Settings("draft-model", 1, 1, 1e-3, 1024, 64, 0.9, 1, "fp32")
WRITES_FOR_EVER = """
import sys, time
from draft_heads.files import write_whole
write_whole(sys.argv[1], lambda partial: (partial.touch(), print("begun", flush=True), time.sleep(600)))
"""


@contextlib.contextmanager
def writing(file):
    """A process in the midst of writing `file`, which is killed in the end if not before."""
    with subprocess.Popen([sys.executable, "-c", WRITES_FOR_EVER, file], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "begun\n"
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def partials(folder):
    return {file.name for file in folder.rglob("*.partial")}


def test_what_a_killed_process_was_writing_is_swept_when_its_folder_is_opened(tmp_path):
    """What a living one writes is not: two may share a folder."""
    files.claim_folder(tmp_path, {"seed": 1})
    (tmp_path / "of-mine.partial").touch()
    with writing(tmp_path / "a.npy") as killed, writing(tmp_path / "b.npy") as living:
        left = {f"a.npy.{killed.pid}.partial", f"b.npy.{living.pid}.partial", "of-mine.partial"}
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert partials(tmp_path) == left
        files.claim_folder(tmp_path, {"seed": 1})
        assert partials(tmp_path) == left - {f"a.npy.{killed.pid}.partial"}


def test_another_users_process_is_alive(monkeypatch):
    monkeypatch.setattr(os, "kill", lambda *_: (_ for _ in ()).throw(PermissionError()))
    assert files.is_alive(1)


@pytest.mark.parametrize("whole", [[], ["--whole"]])
def test_an_export_sweeps_its_folder(whole, written, tmp_path):
    for name in ("target.json", "text", "states"):
        (tmp_path / name).symlink_to(written.folder / name)
    train(open_run(written.target, tmp_path / "text", tmp_path / "heads" / "draft-model", SETTINGS))
    folder = tmp_path / "export" / ("draft-model" if whole else "")
    folder.mkdir(parents=True)
    with writing(folder / "draft-model.json"):
        pass
    assert len(partials(folder)) == 1
    options = ["--folder", str(tmp_path), "--head", "draft-model", "--licence", "MIT", *whole]
    assert main(["export", *options]) == 0
    assert not partials(tmp_path)


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "heads").touch()
    with pytest.raises(UserError, match="heads/eagle/settings.json could not be written: Not a directory. Check"):
        files.claim_folder(tmp_path / "heads" / "eagle", {"seed": 1})


@contextlib.contextmanager
def no_room():
    """Writes are cut short at a size that the files here pass, as they are by a full disk.

    No longer than that: pytest's own output may go to a file that is larger.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("full", "sentence"),
    [
        (True, r"The disk is full: .*states-00000.npy was not written, and what was there before is as it was"),
        (False, r"states-00000.npy could not be written: \d+ requested and \d+ written. Check the folder"),
    ],
)
def test_states_that_find_no_room_are_named(full, sentence, written, tmp_path, monkeypatch):
    """numpy's own error, which has no number of the system's."""
    (tmp_path / "text").symlink_to(written.text)
    one = "text-00000.npz"
    monkeypatch.setattr(states, "shard_files", lambda folder: [tmp_path / "text" / one])
    monkeypatch.setattr(files, "full_disk", lambda folder: full)
    file = state_file(tmp_path / "text" / one)
    with no_room(), pytest.raises(UserError, match=sentence) as refused:
        write_states(written.target, tmp_path / "text")
    assert refused.value.__cause__.errno is None and isinstance(refused.value.__cause__, OSError)
    assert [left.name for left in file.parent.iterdir()] == ["settings.json"]


def test_a_whole_draft_model_that_finds_no_room_is_named(written, tmp_path):
    run = open_run(written.target, written.text, tmp_path / "run", SETTINGS)
    with no_room(), pytest.raises(UserError, match=r"model.safetensors could not be written: File too large"):
        export_model(run, tmp_path / "model", "MIT")
    assert list((tmp_path / "model").iterdir()) == []
