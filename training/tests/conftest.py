import dataclasses
import pathlib

import pytest
import tiny
import torch

from draft_heads import generate
from draft_heads.states import write_states
from draft_heads.target import Target, load_target

torch.set_num_threads(1)
torch.set_grad_enabled(False)

QUESTION = '{"turns": ["Where did the seven old sailors leave their boats?"]}\n'


@dataclasses.dataclass(frozen=True)
class Written:
    """A tiny target's own text, with states."""

    folder: pathlib.Path
    target: Target

    @property
    def text(self):
        return self.folder / "text"


@pytest.fixture(scope="session", params=["fp32", "int8"])
def target(request, tmp_path_factory):
    """A tiny target in each form that can be trained on."""
    return load_target(tiny.write_target(tmp_path_factory.mktemp(request.param), request.param))


@pytest.fixture(scope="session")
def questions(tmp_path_factory):
    file = tmp_path_factory.mktemp("questions") / "questions.jsonl"
    file.write_text(QUESTION, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def written(tmp_path_factory, questions):
    folder = tmp_path_factory.mktemp("written")
    target = load_target(tiny.write_target(folder, "int8"))
    generate.generate(target, folder / "text", 30_000, 1, questions)
    write_states(target, folder / "text")
    return Written(folder, target)
