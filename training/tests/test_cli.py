"""The folder of `all`: one target, which is the one that was asked for."""

import json

import pytest

from draft_heads import cli
from draft_heads.errors import UserError

#: What the engine says of each model, as far as the command line reads it.
A, B = ({"name": name, "files": [{"name": name, "sha256": name * 64}]} for name in "AB")
MODELS = {"a": A, "other-a": A, "b": B}


@pytest.fixture
def engine(monkeypatch):
    """The steps of `all` in place of which nothing is done, and the models that the engine was asked for."""
    asked = []

    def ask(options):
        asked.append(options.model)
        if options.model not in MODELS:
            raise UserError("The engine could not describe the model; what it said stands above.")
        return json.dumps({**MODELS[options.model], "weights": options.weights}).encode()

    monkeypatch.setattr(cli, "ask_engine", ask)
    for step in ("run_text", "run_states", "run_train", "run_export"):
        monkeypatch.setattr(cli, step, lambda options: None)
    return asked


def run_all(folder, *options):
    return cli.main(["all", "--folder", str(folder), "--licence", "MIT", *options])


def described(folder):
    return json.loads((folder / "target.json").read_text())


@pytest.mark.parametrize("other", [["--model", "b"], ["--model", "a", "--weights", "fp32"], []])
def test_all_refuses_another_target_than_the_folders(other, engine, tmp_path, capsys):
    assert run_all(tmp_path, "--model", "a") == 0
    before = described(tmp_path)
    assert run_all(tmp_path, *other) == 1
    said = capsys.readouterr().err
    assert f"{tmp_path} was started with " in said and "Give the same again, or a new folder." in said
    assert described(tmp_path) == before and engine == ["a"]


def test_all_goes_on_without_asking_the_engine_again(engine, tmp_path):
    assert run_all(tmp_path, "--model", "a") == run_all(tmp_path, "--model", "a") == 0
    assert engine == ["a"]


def test_a_folder_from_before_the_name_was_kept_is_compared_by_the_models_files(engine, tmp_path, capsys):
    assert run_all(tmp_path, "--model", "a") == 0
    (tmp_path / "settings.json").unlink()
    before = described(tmp_path)
    for other in (["--model", "b"], ["--model", "a", "--weights", "fp32"]):
        assert run_all(tmp_path, *other) == 1
        assert "target.json describes A in int8, which is not what" in capsys.readouterr().err
    assert described(tmp_path) == before and not (tmp_path / "settings.json").exists()
    assert run_all(tmp_path, "--model", "other-a") == 0
    assert run_all(tmp_path, "--model", "b") == 1


def test_a_name_that_the_engine_does_not_know_is_not_kept(engine, tmp_path):
    assert run_all(tmp_path, "--model", "c") == 1
    assert run_all(tmp_path, "--model", "a") == 0


def test_describe_refuses_another_target_than_the_folders(engine, tmp_path, capsys):
    describe = ["describe", "--folder", str(tmp_path), "--model"]
    assert cli.main([*describe, "a"]) == cli.main([*describe, "a"]) == 0
    assert cli.main([*describe, "b"]) == 1
    assert "was started with model a, not b" in capsys.readouterr().err and "b" not in engine
    assert described(tmp_path)["name"] == "A"


def test_all_takes_no_part(engine, tmp_path, capsys):
    """Two processes would train the same heads in the same folders."""
    with pytest.raises(SystemExit) as ended:
        run_all(tmp_path, "--part", "1/2")
    assert ended.value.code == 2 and "--part" in capsys.readouterr().err
    assert cli.parser().parse_args(["text", "--folder", "f", "--part", "1/2"]).part == (0, 2)
