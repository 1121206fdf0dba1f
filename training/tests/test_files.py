"""Files that are written whole or not at all, where the system refuses."""

import resource

import pytest

from draft_heads import files, states
from draft_heads.errors import UserError
from draft_heads.export import export_model
from draft_heads.states import state_file, write_states
from draft_heads.train import Settings, open_run


@pytest.fixture
def no_room():
    """Writes are cut short at a size that the files here pass, as they are by a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("full", "sentence"),
    [
        (True, r"The disk is full: .*states-00000.npy was not written, and what was there before is as it was"),
        (False, r"states-00000.npy could not be written: \d+ requested and \d+ written. Check the folder"),
    ],
)
def test_states_that_find_no_room_are_named(full, sentence, written, tmp_path, no_room, monkeypatch):
    """numpy's own error, which has no number of the system's."""
    (tmp_path / "text").symlink_to(written.text)
    one = "text-00000.npz"
    monkeypatch.setattr(states, "shard_files", lambda folder: [tmp_path / "text" / one])
    monkeypatch.setattr(files, "full_disk", lambda folder: full)
    file = state_file(tmp_path / "text" / one)
    no_room()
    with pytest.raises(UserError, match=sentence) as refused:
        write_states(written.target, tmp_path / "text")
    assert refused.value.__cause__.errno is None and isinstance(refused.value.__cause__, OSError)
    assert [left.name for left in file.parent.iterdir()] == ["settings.json"]


def test_a_whole_draft_model_that_finds_no_room_is_named(written, tmp_path, no_room):
    settings = Settings("draft-model", 1, 1, 1e-3, 1024, 64, 0.9, 1, "fp32")
    run = open_run(written.target, written.text, tmp_path / "run", settings)
    no_room()
    with pytest.raises(UserError, match=r"model.safetensors could not be written: File too large"):
        export_model(run, tmp_path / "model", "MIT")
    assert list((tmp_path / "model").iterdir()) == []
