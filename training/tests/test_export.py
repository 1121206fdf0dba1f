"""The exported parts compute what PyTorch computes with the same 8-bit weights."""

import copy
import errno
import hashlib
import json
import os

import numpy
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file
from test_heads import shaken

from draft_heads.blocks import from_q8_0, to_q8_0
from draft_heads.cli import main
from draft_heads.data import Data, collate, draft_vocabulary
from draft_heads.errors import UserError
from draft_heads.export import export_head, export_layers, export_model
from draft_heads.heads import HEADS
from draft_heads.heads.head import identity_at
from draft_heads.parts import TOP, WIDTHS, rounded
from draft_heads.train import Settings, Teacher, open_run, train

#: fp32 arithmetic in MatMulNBits, so that only the order of sums differs.
EXACT = 1
MASKED = -1e30
RUN = {
    "steps": 1,
    "seed": 1,
    "learning_rate": 1e-3,
    "batch": 1024,
    "law_positions": 64,
    "coverage": 0.9,
    "precision": "fp32",
}


def rounded_linears(head):
    """`head` with the weights that its export has."""
    head = copy.deepcopy(head)
    for module in head.modules():
        if isinstance(module, torch.nn.Linear):
            identity = identity_at(module, module.identity) if hasattr(module, "identity") else 0
            values, scales = rounded((module.weight - identity).numpy())
            weight = (values.astype(numpy.float32) - 128) * scales[..., None]
            module.weight.copy_(torch.from_numpy(weight.reshape(module.weight.shape)) + identity)
    return head


def rounded_layers(model):
    """A draft model with the weights that its export has."""
    model = copy.deepcopy(model)
    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.weight.copy_(torch.from_numpy(from_q8_0(to_q8_0(module.weight.numpy()))))
    return model


class Exported:
    """A head's parts in ONNX Runtime, and the same head in PyTorch."""

    def __init__(self, name, written, folder):
        settings = Settings(head=name, checkpoint_every=1, **RUN)
        self.trained = open_run(written.target, written.text, folder / "run", settings)
        train(self.trained)
        # One step leaves much of a head silent.
        head, teacher = shaken(self.trained.head), self.trained.teacher
        export_head(self.trained, folder / "export", "MIT", accuracy=EXACT)
        self.folder, self.head, self.target = folder / "export", rounded_linears(head), written.target
        values, scales = rounded(teacher.projection.numpy())
        table = (values.astype(numpy.float32) - 128) * scales[..., None]
        self.teacher = Teacher(written.target, teacher.vocabulary)
        self.teacher.projection = torch.from_numpy(table.reshape(teacher.projection.shape))
        self.text = collate([max(Data(written.text).training, key=lambda text: len(text.tokens))])
        self.inputs = self.teacher.inputs(self.text)

    def run(self, part, **feeds):
        session = onnxruntime.InferenceSession(self.folder / f"{part}.onnx")
        of_target = {name: self.target.tensor(name).numpy() for name in ("embedding", "embedding.scales")}
        of_target |= {"rotary.cos": self.target.cos.numpy(), "rotary.sin": self.target.sin.numpy()}
        wanted = {i.name for i in session.get_inputs()}
        feeds = {name.replace("__", "."): numpy.asarray(value) for name, value in feeds.items()}
        named = {name: value for name, value in (of_target | feeds).items() if name in wanted}
        outputs = [output.name for output in session.get_outputs()]
        return dict(zip(outputs, session.run(outputs, named)))

    def check_guesses(self, found, states):
        """`top.*` of `states` [..., hidden]."""
        law = (states @ self.teacher.projection.t()).softmax(dim=-1)
        best = law.topk(TOP)
        numpy.testing.assert_allclose(found["top.probability"], best.values.numpy(), atol=1e-4)
        # Near ties may change places: the probabilities of the tokens named are those told.
        index = {int(token): i for i, token in enumerate(self.teacher.vocabulary)}
        named = torch.tensor([[index[t] for t in row] for row in found["top.token"].reshape(-1, TOP).tolist()])
        of_named = law.reshape(-1, law.shape[-1]).gather(1, named)
        numpy.testing.assert_allclose(found["top.probability"].reshape(-1, TOP), of_named.numpy(), atol=1e-4)


@pytest.fixture
def exported(request, written, tmp_path):
    return Exported(request.param, written, tmp_path)


def heads(name):
    return pytest.mark.parametrize("exported", [name], indirect=True)


def close(found, expected):
    numpy.testing.assert_allclose(found, expected.numpy(), atol=2e-3, rtol=2e-3)


def causal_bias(rows, past):
    """[1, 1, rows, past + rows]"""
    seen = numpy.tril(numpy.ones((rows, past + rows), bool), past)
    return numpy.where(seen, 0, MASKED).astype(numpy.float32)[None, None]


def in_two_steps(exported, part, layers, rows, feeds):
    """Runs a block over the first `rows` positions in two forwards. `feeds(a, b)` are the inputs from a to b."""
    config, first = exported.target.config, rows // 2
    width = config.kv_heads * config.head_dim
    cache = {
        f"past.{i}.{p}": numpy.zeros((1, 0, width), numpy.float32) for i in range(layers) for p in ("key", "value")
    }
    found = []
    for a, b in ((0, first), (first, rows)):
        positions = numpy.arange(a, b)[None]
        out = exported.run(
            part,
            position_ids=positions,
            attention_bias=causal_bias(b - a, a),
            rows=numpy.arange(b - a),
            **feeds(a, b),
            **cache,
        )
        for name in cache:
            cache[name] = numpy.concatenate([cache[name], out[name.replace("past", "new")]], axis=1)
        found.append(out)
    return found, cache


@heads("medusa")
def test_medusa(exported):
    states = exported.inputs.normed[0, 3:8]
    found = exported.run("medusa", hidden=states)
    outputs = torch.stack([output[0, 3:8] for output in exported.head(exported.inputs)], dim=1)
    assert found["top.token"].shape == (5, exported.head.levels, TOP)
    exported.check_guesses(found, outputs)


@heads("hydra")
def test_hydra(exported):
    at = [4, 9, 11]
    tokens = exported.text.tokens[0]
    for k, output in enumerate(exported.head(exported.inputs)):
        following = [tokens[t + 1 : t + 2 + k].tolist() for t in at]
        found = exported.run(f"hydra-{k}", hidden=exported.inputs.normed[0, at], tokens=following)
        exported.check_guesses(found, output[0, at])


@heads("clover")
def test_clover(exported):
    rows, tokens = 20, exported.text.tokens

    def feeds(a, b):
        return {"states": exported.inputs.states[:, a:b], "tokens": tokens[:, a + 1 : b + 1]}

    found, _ = in_two_steps(exported, "clover-block", 1, rows, feeds)
    outputs = exported.head(exported.inputs)
    block = {name: numpy.concatenate([out[name] for out in found]) for name in ("state", "top.token", "top.probability")}
    exported.check_guesses(block, outputs[0][0, :rows])
    state = block["state"]
    for k in range(1, exported.head.levels):
        out = exported.run(f"clover-step-{k}", state=state, tokens=tokens[0, 1 + k : 1 + k + rows])
        exported.check_guesses(out, outputs[k][0, :rows])
        state = out["next"]


@heads("clover2")
def test_clover2(exported):
    rows, tokens = 20, exported.text.tokens

    def feeds(a, b):
        return {"states": exported.inputs.states[:, a:b], "tokens": tokens[:, a + 1 : b + 1]}

    found, _ = in_two_steps(exported, "clover2-block", 2, rows, feeds)
    outputs = exported.head(exported.inputs)
    both = {name: numpy.concatenate([out[name] for out in found]) for name in ("top.token", "top.probability")}
    exported.check_guesses(both, outputs[0][0, :rows])
    state = numpy.concatenate([out["state"] for out in found], axis=1)[0]
    for k in range(1, exported.head.levels):
        out = exported.run("clover2-step", state=state, tokens=tokens[0, 1 + k : 1 + k + rows])
        exported.check_guesses(out, outputs[k][0, :rows])
        state = out["next"]


@heads("clover2")
def test_a_draft_in_one_run_is_what_the_steps_guess_after_the_most_probable_paths(exported):
    rows, tokens = 20, exported.text.tokens
    width = exported.target.config.kv_heads * exported.target.config.head_dim
    none = numpy.zeros((1, 0, width), numpy.float32)
    text = {
        "states": exported.inputs.states[:, :rows],
        "tokens": tokens[:, 1 : rows + 1],
        "position_ids": numpy.arange(rows)[None],
        "attention_bias": causal_bias(rows, 0),
        "rows": [rows - 1],
        **{f"past.{i}.{p}": none for i in range(2) for p in ("key", "value")},
    }
    block, draft = exported.run("clover2-block", **text), exported.run("clover2-draft", **text)
    for name, value in block.items():
        numpy.testing.assert_allclose(draft[name], value, atol=1e-5)
    # Each level's most probable paths, found with the steps alone.
    level = [(-1, block["state"][0, -1], block["top.token"][0], block["top.probability"][0])]
    assert len(draft["ahead.token"]) == sum(WIDTHS)
    start = 0
    for count in WIDTHS:
        paths = [(p, row, state, t) for row, state, ids, law in level for t, p in zip(ids, law)]
        best = sorted(paths, key=lambda path: -path[0])[:count]
        found = slice(start, start + count)
        assert draft["ahead.parent"][found].tolist() == [row for _, row, _, _ in best]
        assert draft["ahead.token"][found].tolist() == [token for _, _, _, token in best]
        step = exported.run("clover2-step", state=[state for _, _, state, _ in best], tokens=[t for *_, t in best])
        for name, value in step.items():
            numpy.testing.assert_allclose(draft[f"ahead.{name}"][found], value, atol=1e-4)
        laws = [p * law for (p, *_), law in zip(best, step["top.probability"])]
        level = list(zip(range(start, start + count), step["next"], step["top.token"], laws))
        start += count


@heads("eagle")
def test_eagle(exported):
    """The text's rows in two forwards, then a chain of guesses behind a cache, as when it drafts."""
    rows, inputs, tokens = 20, exported.inputs, exported.text.tokens
    outputs = exported.head(inputs)

    def feeds(a, b):
        return {"features": inputs.normed[:, a:b], "tokens": tokens[:, a + 1 : b + 1]}

    found, cache = in_two_steps(exported, "eagle", 1, rows, feeds)
    close(numpy.concatenate([out["next"] for out in found], axis=1), outputs[0][:, :rows])
    both = {name: numpy.concatenate([out[name] for out in found]) for name in ("top.token", "top.probability")}
    exported.check_guesses(both, outputs[0][0, :rows])
    features = found[-1]["next"][:, -1:]
    for k in range(1, exported.head.levels):
        # A sibling beside the row, which neither may see.
        bias = numpy.zeros((1, 1, 2, rows + k + 1), numpy.float32)
        bias[0, 0, 0, -1] = bias[0, 0, 1, -2] = MASKED
        out = exported.run(
            "eagle",
            features=numpy.repeat(features, 2, axis=1),
            tokens=[[int(tokens[0, rows + k]), 5]],
            position_ids=[[rows - 1 + k] * 2],
            attention_bias=bias,
            rows=[0],
            **cache,
        )
        close(out["next"][:, 0], outputs[k][:, rows - 1])
        exported.check_guesses(out, outputs[k][0, rows - 1 : rows])
        features = out["next"][:, :1]
        for name in cache:
            cache[name] = numpy.concatenate([cache[name], out[name.replace("past", "new")][:, :1]], axis=1)


@heads("medusa")
def test_the_card_says_what_a_head_is(exported, written):
    card = json.loads((exported.folder / "medusa.json").read_text())
    assert card["kind"] == "medusa" and card["licence"] == "MIT" and card["training"]["steps"] == 1
    assert card["target"]["files"] == written.target.description["files"]
    assert len(card["hitRate"]) == card["levels"] == exported.head.levels
    assert set(card["files"]) == {"medusa.onnx", "medusa.bin", "draft-vocabulary.bin"}
    for name, file in card["files"].items():
        content = (exported.folder / name).read_bytes()
        assert file == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


@heads("medusa")
def test_heads_of_another_draft_vocabulary_are_not_mixed(exported, written):
    counts = Data(written.text).counts(written.target.config.vocabulary)
    exported.trained.teacher = Teacher(written.target, draft_vocabulary(counts, 0.5))
    with pytest.raises(UserError, match="draft-vocabulary.bin is the draft vocabulary of other data"):
        export_head(exported.trained, exported.folder, "MIT")


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


EXPORTS = {"medusa": export_head, "draft-model": export_layers, "draft-model, whole": export_model}


@pytest.fixture(params=EXPORTS)
def again(request, written, tmp_path):
    """Exports a run that has other weights than the one that was exported to `tmp_path/export`."""
    name = request.param.split(",")[0]
    run = open_run(written.target, written.text, tmp_path / "run", Settings(name, checkpoint_every=1, **RUN))
    export, folder = EXPORTS[request.param], tmp_path / "export"
    export(run, folder, "MIT")
    shaken(run.head)
    return lambda: export(run, folder, "MIT")


@pytest.mark.parametrize("ended", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
@pytest.mark.parametrize("at", ["draft_heads.export.hit_rates", "draft_heads.export.NewFiles.write_json"])
def test_an_export_that_is_ended_leaves_the_head_that_was_there(ended, at, again, tmp_path, monkeypatch):
    """While hits are counted, when the weights are written, and at the first file of JSON."""
    before = contents(tmp_path / "export")

    def end(*_):
        raise ended

    with monkeypatch.context() as patched:
        patched.setattr(at, end)
        with pytest.raises(type(ended)):
            again()
    assert contents(tmp_path / "export") == before
    again()
    after = contents(tmp_path / "export")
    assert after.keys() == before.keys() and after != before


def test_the_card_takes_its_place_after_what_it_names(again, tmp_path, monkeypatch):
    placed, replace = [], os.replace
    monkeypatch.setattr(os, "replace", lambda partial, file: (placed.append(file.name), replace(partial, file)))
    again()
    cards = [file.name for file in (tmp_path / "export").glob("*.json") if "files" in json.loads(file.read_text())]
    assert [placed[-1]] == cards and len(placed) == len(set(placed)) > 1


def test_heads_share_the_draft_vocabulary(written, tmp_path):
    for name in ("medusa", "clover"):
        run = open_run(written.target, written.text, tmp_path / name, Settings(name, checkpoint_every=1, **RUN))
        export_head(run, tmp_path / "export", "MIT")
    for name in ("medusa", "clover"):
        for file, about in json.loads((tmp_path / "export" / f"{name}.json").read_text())["files"].items():
            assert hashlib.sha256((tmp_path / "export" / file).read_bytes()).hexdigest() == about["sha256"]


def test_8_bits_round_to_half_a_step():
    matrix = numpy.random.default_rng(0).normal(size=(7, 192)).astype(numpy.float32)
    matrix[3] = 0
    values, scales = rounded(matrix)
    back = ((values.astype(numpy.float32) - 128) * scales[..., None]).reshape(matrix.shape)
    assert (numpy.abs(back - matrix).reshape(values.shape) <= scales[..., None] / 2 + 1e-6).all()


def test_q8_0_rounds_to_half_a_step():
    """A step is that of the stored half; a block of nothing, or of less than a half can hold, is zeros."""
    matrix = numpy.random.default_rng(0).normal(size=(7, 96)).astype(numpy.float32)
    matrix[3, :32], matrix[4, 32:64] = 0, 1e-9
    stored = to_q8_0(matrix)
    assert stored.dtype == numpy.uint8 and stored.shape == (7, 3 * 34)
    halves = numpy.ascontiguousarray(stored.reshape(7, 3, 34)[..., :2]).view(numpy.float16).astype(numpy.float32)
    gap = numpy.abs(from_q8_0(stored) - matrix).reshape(7, 3, 32)
    assert (gap <= halves * 0.6 + 1e-8).all()
    assert not from_q8_0(stored)[3, :32].any() and not from_q8_0(stored)[4, 32:64].any()


def test_layers_that_are_no_whole_blocks_are_refused():
    with pytest.raises(UserError, match="48 inputs, which are no whole blocks of 32"):
        to_q8_0(numpy.zeros((2, 48), numpy.float32))


def test_a_draft_model_is_its_layers_alone(written, tmp_path):
    run = open_run(written.target, written.text, tmp_path / "run", Settings("draft-model", checkpoint_every=1, **RUN))
    train(run)
    export_layers(run, tmp_path, "MIT")
    tensors = load_file(tmp_path / "draft-model.safetensors")
    own = rounded_layers(run.head).state_dict()
    assert tensors.keys() == {f"model.{name}" for name in own}
    for name, value in own.items():
        found = tensors[f"model.{name}"].numpy()
        numpy.testing.assert_array_equal(found if found.ndim == 1 else from_q8_0(found), value.numpy())
    card = json.loads((tmp_path / "draft-model.json").read_text())
    assert card["kind"] == "draft-model" and card["decoderLayers"] == len(run.head.layers) == 2
    assert card["training"]["steps"] == 1 and "draftVocabulary" not in card
    assert card["files"].keys() == {"draft-model.safetensors"}


def test_a_head_is_not_exported_as_a_whole_model(written, capsys):
    assert main(["export", "--folder", str(written.folder), "--head", "eagle", "--whole", "--licence", "MIT"]) == 1
    assert "Export the eagle head without it" in capsys.readouterr().err


def test_a_whole_draft_model_is_a_hugging_face_folder(written, tmp_path):
    settings = Settings(head="draft-model", checkpoint_every=1, **RUN)
    run = open_run(written.target, written.text, tmp_path / "run", settings)
    export_model(run, tmp_path / "model", "MIT")
    model = run.head
    tensors = load_file(tmp_path / "model" / "model.safetensors")
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    per_layer = [name for name in tensors if name.startswith("model.layers.1.")]
    assert config["num_hidden_layers"] == len(model.layers) and len(per_layer) == len(model.layers[1].state_dict())
    assert len(tensors) == 2 + len(model.layers) * len(per_layer)
    assert all(tensor.dtype == torch.float16 for tensor in tensors.values())
    torch.testing.assert_close(tensors["model.norm.weight"].float(), model.norm.weight, atol=1e-3, rtol=1e-3)
    assert HEADS["draft-model"] is type(model)
