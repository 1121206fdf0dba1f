import errno
import itertools
import json
import os
import signal
import subprocess
import sys

import pytest
import torch

from draft_heads import files
from draft_heads import train as training
from draft_heads.cli import main
from draft_heads.errors import UserError
from draft_heads.train import Settings, learning_rate, open_run, reopen_run, save_checkpoint, train

SETTINGS = {
    "steps": 40,
    "seed": 1,
    "learning_rate": 3e-3,
    "batch": 1024,
    "law_positions": 64,
    "coverage": 0.95,
    "precision": "fp32",
}


def settings(head, **changes):
    return Settings(head=head, **{**SETTINGS, "checkpoint_every": 4, **changes})


def options(settings):
    return [f"--{name.replace('_', '-')}={value}" for name, value in vars(settings).items()]


def command(written, head):
    folder = ["--folder", str(written.folder)]
    return [sys.executable, "-m", "draft_heads.cli", "train", *folder, *options(settings(head))]


def rows(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_killed_run_goes_on_as_if_it_had_not_been(written, tmp_path):
    """EAGLE, as the one head whose training draws random numbers, killed twice at whatever step it is."""
    train(open_run(written.target, written.text, tmp_path, settings("eagle")))
    folder = written.folder / "heads" / "eagle"
    for kill_after in (1, 3):
        with subprocess.Popen(command(written, "eagle"), stderr=subprocess.PIPE, text=True) as run:
            for _ in range(kill_after):
                assert run.stderr.readline().startswith("eagle: ")
            run.send_signal(signal.SIGKILL)
        assert run.returncode == -signal.SIGKILL
        assert 0 < len(rows(folder)) < SETTINGS["steps"]
    subprocess.run(command(written, "eagle"), check=True)
    assert rows(folder) == rows(tmp_path)
    assert (folder / "metrics.svg").read_bytes() == (tmp_path / "metrics.svg").read_bytes()
    weights, expected = (torch.load(run / "checkpoint.pt")["head"] for run in (folder, tmp_path))
    assert all(torch.equal(weights[name], value) for name, value in expected.items())


def kill_at(call, name, monkeypatch, work):
    """Does `work` in a process of its own, which is killed at its `call`-th call of what `name` names in `train`."""
    process = os.fork()
    if process == 0:
        try:
            # Not to wait for ever where it hangs.
            signal.alarm(60)
            calls = itertools.count(1)
            whole = getattr(training, name)

            def ending(*arguments):
                if next(calls) == call:
                    os.kill(os.getpid(), signal.SIGKILL)
                return whole(*arguments)

            monkeypatch.setattr(training, name, ending)
            work()
        finally:
            os._exit(1)
    assert os.waitpid(process, 0)[1] == signal.SIGKILL


def half_written(state, partial, save=torch.save):
    """A checkpoint at whose half the process is killed."""
    save(state, partial)
    os.truncate(partial, partial.stat().st_size // 2)
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_run_may_be_killed_at_any_moment(written, tmp_path, monkeypatch):
    """Before the first checkpoint, between two, when the curve is ahead of the checkpoint, and in mid-write."""
    train(open_run(written.target, written.text, tmp_path / "whole", settings("eagle", steps=24)))
    folder = tmp_path / "killed"

    def work():
        train(open_run(written.target, written.text, folder, settings("eagle", steps=24)))

    kill_at(3, "take_step", monkeypatch, work)
    assert not (folder / "checkpoint.pt").exists() and not (folder / "metrics.jsonl").exists()
    kill_at(10, "take_step", monkeypatch, work)
    assert len(rows(folder)) == 8
    kill_at(2, "save_checkpoint", monkeypatch, work)
    assert len(rows(folder)) == 16 and torch.load(folder / "checkpoint.pt")["step"] == 12
    with monkeypatch.context() as patched:
        patched.setattr(torch, "save", half_written)
        kill_at(99, "take_step", monkeypatch, work)
    assert len(list(folder.glob("*.partial"))) == 1 and torch.load(folder / "checkpoint.pt")["step"] == 12
    work()
    assert rows(folder) == rows(tmp_path / "whole")
    weights, expected = (torch.load(run / "checkpoint.pt")["head"] for run in (folder, tmp_path / "whole"))
    assert all(torch.equal(weights[name], value) for name, value in expected.items())
    assert not list(folder.glob("*.partial"))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("head", ["medusa", "hydra", "clover", "clover2", "draft-model"])
def test_the_loss_falls(head, precision, written, tmp_path):
    train(open_run(written.target, written.text, tmp_path, settings(head, precision=precision)))
    losses = [sum(v for k, v in row.items() if k.startswith(("token", "feature"))) for row in rows(tmp_path)]
    assert len(losses) == SETTINGS["steps"]
    assert sum(losses[-10:]) < sum(losses[:10])


def test_products_in_bf16_give_nearly_the_losses_of_fp32(written, tmp_path):
    losses = {}
    for precision in ("fp32", "bf16"):
        train(open_run(written.target, written.text, tmp_path / precision, settings("eagle", precision=precision)))
        losses[precision] = [row["token.0"] for row in rows(tmp_path / precision)]
    assert losses["bf16"] != losses["fp32"]
    assert losses["bf16"] == pytest.approx(losses["fp32"], rel=0.02)


def test_the_rate_warms_up_and_falls():
    run = settings("eagle", steps=100)
    rates = [learning_rate(step, run) for step in range(100)]
    assert rates[0] == run.learning_rate / 5 and max(rates) == rates[4] == run.learning_rate
    assert all(a > b for a, b in zip(rates[5:], rates[6:])) and rates[-1] == pytest.approx(
        run.learning_rate / 10, rel=0.02
    )


@pytest.fixture
def trained(written, tmp_path):
    train(open_run(written.target, written.text, tmp_path, settings("medusa", steps=4)))
    return tmp_path


@pytest.fixture
def trained_head(written, tmp_path):
    """A whole training folder, with one head trained."""
    for name in ("target.json", "text", "states"):
        (tmp_path / name).symlink_to(written.folder / name)
    folder = tmp_path / "heads" / "medusa"
    train(open_run(written.target, tmp_path / "text", folder, settings("medusa", steps=4)))
    return tmp_path


def contents(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("failed writing")])
def test_a_full_disk_leaves_the_checkpoint_before(failure, trained, monkeypatch):
    """The file system refuses in mid-checkpoint, by torch's own error or the system's."""
    checkpoint = trained / "checkpoint.pt"
    before = checkpoint.read_bytes()

    def fail(state, partial):
        partial.write_bytes(before[: len(before) // 2])
        raise failure

    monkeypatch.setattr(torch, "save", fail)
    monkeypatch.setattr(files, "full_disk", lambda folder: True)
    with pytest.raises(UserError, match=r"The disk is full: .*checkpoint.pt was not written"):
        save_checkpoint(checkpoint, torch.nn.Linear(1, 1), torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))]), 9)
    assert checkpoint.read_bytes() == before
    assert not list(trained.glob("*.partial"))


def test_a_defect_is_not_taken_for_a_full_disk(trained, monkeypatch):
    monkeypatch.setattr(torch, "save", lambda *_: (_ for _ in ()).throw(RuntimeError("a defect")))
    with pytest.raises(RuntimeError, match="a defect"):
        save_checkpoint(
            trained / "checkpoint.pt", torch.nn.Linear(1, 1), torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))]), 9
        )


def test_a_damaged_checkpoint_is_named(written, trained):
    checkpoint = trained / "checkpoint.pt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-4000])
    with pytest.raises(UserError, match=r"checkpoint.pt is damaged"):
        train(open_run(written.target, written.text, trained, settings("medusa", steps=4)))


def test_a_folder_of_other_settings_is_refused(written, trained):
    with pytest.raises(UserError, match=r"started with steps 4, not 8"):
        train(open_run(written.target, written.text, trained, settings("medusa", steps=8)))
    assert reopen_run(written.target, written.text, trained).settings == settings("medusa", steps=4)


def test_a_folder_of_another_version_is_refused(written, trained):
    file = trained / "settings.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": 0}))
    with pytest.raises(UserError, match="another version of the training"):
        train(open_run(written.target, written.text, trained, settings("medusa", steps=4)))


def changed(**changes):
    """Changes settings.json; a value of None is taken out."""
    return lambda found: {name: value for name, value in {**found, **changes}.items() if value is not None}


DAMAGES = [
    (changed(version=0, steps=None), "was made by another version of the training. Use a new folder."),
    (changed(precision=None), "settings.json does not say its precision as this version"),
    (changed(steps="many"), "settings.json does not say its steps as this version"),
    (changed(shards=None), "settings.json does not say its shards as this version"),
    (changed(head="lookahead"), "started with head lookahead, which this version of the training does not know"),
    (lambda found: [], "settings.json cannot be read: it holds no JSON object. Restore it"),
]


@pytest.mark.parametrize(("damage", "sentence"), DAMAGES)
def test_a_folder_that_this_version_did_not_make_is_not_exported_or_trained_in(damage, sentence, trained_head, capsys):
    """The commands end with a sentence, and what is in the folder stays."""
    folder, file = trained_head, trained_head / "heads" / "medusa" / "settings.json"
    file.write_text(json.dumps(damage(json.loads(file.read_text()))))
    before = contents(folder)
    said = {}
    for command in (["export", "--licence=MIT"], ["train", *options(settings("medusa", steps=4))]):
        assert main([*command, "--folder", str(folder), "--head=medusa"]) == 1
        said[command[0]] = capsys.readouterr().err
        assert said[command[0]].startswith("draft-heads: ") and said[command[0]].count("\n") == 1
    assert sentence in said["export"] and "None" not in said["train"]
    assert contents(folder) == before


@pytest.mark.parametrize("line", ["{", "[]", "{}", "\udcff"])
def test_a_damaged_curve_is_named_and_the_run_goes_on_without_it(line, written, trained):
    file = trained / "metrics.jsonl"
    whole = file.read_text()
    file.write_text(whole[: whole.index("\n") + 1] + line + "\n", errors="surrogateescape")
    before = contents(trained)
    run = open_run(written.target, written.text, trained, settings("medusa", steps=4))
    with pytest.raises(UserError, match=r"metrics.jsonl is damaged after line [01] .* move it away"):
        train(run)
    assert contents(trained) == before
    file.unlink()
    train(run)


def test_the_command_says_what_is_wrong_in_one_sentence(tmp_path, capsys):
    assert main(["states", "--folder", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("draft-heads: ") and "target.json" in said and said.count("\n") == 1
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "option", ["--coverage=1.5", "--coverage=nan", "--steps=0", "--head=lookahead", "--batch=many"]
)
def test_an_option_out_of_range_is_named(option, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["train", "--folder", str(tmp_path), "--head", "eagle", option])
    assert ended.value.code == 2 and option.split("=")[0] in capsys.readouterr().err
