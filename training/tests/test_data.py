import shutil

import numpy
import pytest
import tiny
import torch

from draft_heads import states
from draft_heads.data import Data, collate, draft_vocabulary
from draft_heads.errors import UserError
from draft_heads.generate import read_shard, shard_files
from draft_heads.prompts import ASSISTANT
from draft_heads.states import state_file
from draft_heads.target import load_target


def test_states_are_those_of_each_text_alone(tmp_path, monkeypatch):
    target = load_target(tiny.write_target(tmp_path))
    monkeypatch.setattr(states, "FORWARD", 64)
    texts = [torch.arange(3, 3 + length) for length in (20, 5, 31, 1, 70, 12)]
    for text, rows in zip(texts, states.states_of(target, texts), strict=True):
        torch.testing.assert_close(torch.from_numpy(rows), target.states(text[None])[0])


def test_states_are_kept_beside_their_text(written):
    for file in shard_files(written.text):
        texts = [torch.from_numpy(tokens.astype(numpy.int64)) for tokens, _ in read_shard(file)]
        expected = numpy.concatenate(states.states_of(written.target, texts))
        numpy.testing.assert_allclose(states.read_states(file), expected, rtol=1e-3, atol=1e-3)


def test_processes_share_the_states_of_a_text(written, tmp_path):
    shutil.copytree(written.text, tmp_path / "text")
    files = shard_files(tmp_path / "text")
    for part in ((0, 2), (1, 2)):
        states.write_states(written.target, tmp_path / "text", part)
        assert [state_file(file).exists() for file in files] == [i % 2 <= part[0] for i in range(len(files))]
    for file in files:
        numpy.testing.assert_array_equal(states.read_states(file), states.read_states(written.text / file.name))


def test_an_epoch_holds_every_text_once_and_is_the_same_for_a_seed(written):
    data = Data(written.text)
    groups = data.batches(7, 0, 2048)
    seen = [id(text) for group in groups for text in group]
    assert sorted(seen) == sorted(id(text) for text in data.training)
    assert all(len(group) * max(len(text.tokens) for text in group) <= 2048 for group in groups)
    assert seen == [id(text) for group in data.batches(7, 0, 2048) for text in group]
    assert seen != [id(text) for group in data.batches(7, 1, 2048) for text in group]


def test_validation_is_kept_apart(written):
    data = Data(written.text)
    assert data.validation and not {id(text) for text in data.validation} & {id(text) for text in data.training}


def test_only_the_assistants_tokens_are_counted_and_wanted(written):
    data = Data(written.text)
    texts = [text for file in shard_files(written.text) for text in read_shard(file)]
    counts = data.counts(written.target.config.vocabulary)
    for text in data.validation:
        counts += torch.bincount(text.tokens[text.wanted], minlength=len(counts))
    assert counts.sum() == sum((roles == ASSISTANT).sum() for _, roles in texts)
    batch = collate(data.training[:3])
    for row, text in enumerate(data.training[:3]):
        length = len(text.tokens)
        assert torch.equal(batch.tokens[row, :length], text.tokens) and not batch.wanted[row, length:].any()


@pytest.mark.parametrize("coverage", [0.5, 0.9, 0.98, 1])
def test_the_draft_vocabulary_is_the_fewest_tokens_that_cover_the_text(coverage):
    counts = torch.arange(1000).roll(300).square()
    chosen = draft_vocabulary(counts, coverage)
    assert len(chosen) % 64 == 0 or len(chosen) == len(counts)
    assert counts[chosen].sum() >= coverage * counts.sum()
    assert counts[chosen[: max(0, len(chosen) - 64)]].sum() < coverage * counts.sum()
    assert counts[chosen].min() >= counts.sort(descending=True).values[len(chosen) - 1]


def test_without_states_there_is_nothing_to_learn_from(tmp_path):
    with pytest.raises(UserError, match="holds no text with states"):
        Data(tmp_path)


def test_states_of_another_text_are_refused(written, tmp_path):
    shutil.copytree(written.text, tmp_path / "text")
    shutil.copytree(written.folder / "states", tmp_path / "states")
    first, second = (state_file(file) for file in shard_files(tmp_path / "text")[:2])
    first.write_bytes(second.read_bytes())
    with pytest.raises(UserError, match="belongs to another text"):
        Data(tmp_path / "text")


def test_states_of_another_conversion_are_not_mixed(written, tmp_path):
    shutil.copytree(written.text, tmp_path / "text")
    shutil.copytree(written.folder / "states", tmp_path / "states")
    (tmp_path / "other").mkdir()
    other = load_target(tiny.write_target(tmp_path / "other", "int8", seed=1))
    with pytest.raises(UserError, match="states was started with target"):
        states.write_states(other, tmp_path / "text")
