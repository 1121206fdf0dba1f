"""A training that begins from an exported head."""

import json
import signal
import subprocess
import sys

import pytest
import torch
from test_export import rounded_layers, rounded_linears
from test_heads import shaken

from draft_heads.cli import main
from draft_heads.data import collate, draft_vocabulary
from draft_heads.errors import UserError
from draft_heads.export import export_head, export_layers
from draft_heads.exported import ExportedHead
from draft_heads.heads import HEADS
from draft_heads.parts import WRITERS
from draft_heads.target import Target
from draft_heads.train import Settings, Teacher, open_run, reopen_run, step_losses, train

STEPS = 12
OPTIONS = {
    "steps": STEPS,
    "seed": 2,
    "learning_rate": 3e-3,
    "batch": 1024,
    "law_positions": 64,
    "coverage": 0.95,
    "checkpoint_every": 2,
    "precision": "fp32",
}


def settings(head, **changes):
    return Settings(head=head, **{**OPTIONS, **changes})


def loss(run, head):
    """Of the first of the run's texts, without noise."""
    batch = collate(run.data.training[:2])
    losses = step_losses(head, run.teacher, batch, 10**6, torch.Generator().manual_seed(1), head.loss)
    return {name: value.item() for name, value in losses.items()}


@pytest.fixture
def medusa(written, tmp_path):
    """A folder that a medusa head of 4 steps was exported to."""
    run = open_run(written.target, written.text, tmp_path / "earlier", settings("medusa", steps=4, seed=1))
    train(run)
    export_head(run, tmp_path / "export", "MIT")
    return tmp_path / "export"


@pytest.mark.parametrize("kind", HEADS)
def test_a_run_begins_where_the_exported_one_ended(kind, written, tmp_path):
    earlier = open_run(written.target, written.text, tmp_path / "earlier", settings(kind, steps=2, seed=1))
    train(earlier)
    shaken(earlier.head)
    export, as_exported = (export_head, rounded_linears) if kind in WRITERS else (export_layers, rounded_layers)
    export(earlier, tmp_path / "export", "MIT")
    start = ExportedHead(tmp_path / "export", kind, written.target)
    run = open_run(written.target, written.text, tmp_path / "run", settings(kind), start=start)
    expected = as_exported(earlier.head).state_dict()
    found = run.head.state_dict()
    assert found.keys() == expected.keys() and run.done == 0
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, atol=1e-6, rtol=0)
    assert loss(run, run.head) == pytest.approx(loss(earlier, earlier.head), rel=0.02)


def test_the_draft_vocabulary_may_be_another(written, medusa, tmp_path):
    """No weight of a head depends on it."""
    start = ExportedHead(medusa, "medusa", written.target)
    run = open_run(written.target, written.text, tmp_path / "run", settings("medusa", coverage=0.5), start=start)
    counts = run.data.counts(written.target.config.vocabulary)
    earlier = reopen_run(written.target, written.text, tmp_path / "earlier")
    assert len(draft_vocabulary(counts, 0.5)) < len(earlier.teacher.vocabulary)
    run.teacher = Teacher(written.target, earlier.teacher.vocabulary)
    assert loss(run, run.head) == pytest.approx(loss(earlier, earlier.head), rel=0.02)


def test_a_killed_run_goes_on_from_its_checkpoint(written, medusa, tmp_path):
    start = ExportedHead(medusa, "medusa", written.target)
    train(open_run(written.target, written.text, tmp_path / "run", settings("medusa"), start=start))
    options = [f"--{name.replace('_', '-')}={value}" for name, value in vars(settings("medusa")).items()]
    folders = ["--folder", str(written.folder), "--from", str(medusa)]
    command = [sys.executable, "-m", "draft_heads.cli", "train", *folders, *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr.readline().startswith("medusa: ")
        run.send_signal(signal.SIGKILL)
    folder = written.folder / "heads" / "medusa"
    assert 0 < len((folder / "metrics.jsonl").read_text().splitlines()) < STEPS
    subprocess.run(command, check=True)
    assert (folder / "metrics.jsonl").read_text() == (tmp_path / "run" / "metrics.jsonl").read_text()
    weights, expected = (torch.load(run / "checkpoint.pt")["head"] for run in (folder, tmp_path / "run"))
    assert all(torch.equal(weights[name], value) for name, value in expected.items())


def test_the_card_counts_all_steps_and_holds_the_earlier_record(written, medusa, tmp_path):
    """Also where the run is exported over what it began from."""
    start = ExportedHead(medusa, "medusa", written.target)
    train(open_run(written.target, written.text, tmp_path / "run", settings("medusa", steps=3), start=start))
    before = json.loads((medusa / "medusa.json").read_text())["training"]
    export_head(reopen_run(written.target, written.text, tmp_path / "run"), medusa, "MIT")
    training = json.loads((medusa / "medusa.json").read_text())["training"]
    assert before["steps"] == 4 and before["precision"] == "fp32" and "startedFrom" not in before
    assert training["steps"] == 7 and training["seed"] == 2
    assert training["startedFrom"] == {"cardSha256": start.sha256, **before}


def test_a_seed_decides_the_order_of_the_batches(written, medusa, tmp_path):
    data = open_run(written.target, written.text, tmp_path / "run", settings("medusa")).data
    first, again, other = (
        [[len(text.tokens) for text in group] for group in data.batches(seed, 0, 1024)] for seed in (1, 1, 2)
    )
    assert first == again != other


def test_another_start_is_refused(written, medusa, tmp_path):
    start = ExportedHead(medusa, "medusa", written.target)
    open_run(written.target, written.text, tmp_path / "run", settings("medusa"), start=start)
    with pytest.raises(UserError, match=f"started with started_from {start.sha256}, not None"):
        open_run(written.target, written.text, tmp_path / "run", settings("medusa"))


def test_a_run_that_was_ended_before_it_held_the_weights_is_not_exported(written, medusa, tmp_path):
    start = ExportedHead(medusa, "medusa", written.target)
    run = open_run(written.target, written.text, tmp_path / "run", settings("medusa"), start=start)
    run.checkpoint.unlink()
    with pytest.raises(UserError, match="has not begun yet"):
        reopen_run(written.target, written.text, tmp_path / "run")


def refused(folder, kind, target):
    with pytest.raises(UserError) as error:
        ExportedHead(folder, kind, target)
    return str(error.value)


def test_what_is_not_this_head_of_this_target_is_refused(written, medusa):
    target = written.target
    assert "There is no eagle head" in refused(medusa, "eagle", target)
    assert "There is no draft-model head" in refused(medusa, "draft-model", target)
    (medusa / "eagle.json").write_bytes((medusa / "medusa.json").read_bytes())
    assert "another kind of head: medusa" in refused(medusa, "eagle", target)
    other = Target({**target.description, "name": "other", "files": [{"name": "o", "bytes": 0, "sha256": "1" * 64}]})
    assert "was made for tiny, not for these weights of other" in refused(medusa, "medusa", other)


def test_all_asks_for_every_head_before_it_writes_text(written, medusa, capsys, monkeypatch):
    monkeypatch.setattr("draft_heads.cli.run_describe", lambda _: None)
    monkeypatch.setattr("draft_heads.cli.run_text", lambda _: pytest.fail("wrote text"))
    options = ["--folder", str(written.folder), "--from", str(medusa), "--licence", "MIT"]
    assert main(["all", *options]) == 1
    assert "There is no hydra head" in capsys.readouterr().err


def test_a_damaged_folder_is_refused(written, medusa):
    weights = medusa / "medusa.bin"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert "medusa.bin is not the file that its head's card names" in refused(medusa, "medusa", written.target)
    weights.unlink()
    assert "medusa.bin cannot be read" in refused(medusa, "medusa", written.target)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda card: card.clear(), "no card of a drafter head"),
        (lambda card: card.update(files=[]), "no card of a drafter head"),
        (lambda card: card["files"].update({"../medusa.bin": card["files"]["medusa.bin"]}), "of this version"),
        (lambda card: card.pop("training"), "does not say how long"),
        (lambda card: card["files"].pop("medusa.onnx"), "no medusa.onnx"),
    ],
)
def test_a_strange_card_is_refused(change, said, written, medusa, tmp_path):
    file = medusa / "medusa.json"
    card = json.loads(file.read_text())
    change(card)
    file.write_text(json.dumps(card))
    with pytest.raises(UserError, match=said):
        start = ExportedHead(medusa, "medusa", written.target)
        open_run(written.target, written.text, tmp_path / "run", settings("medusa"), start=start)
