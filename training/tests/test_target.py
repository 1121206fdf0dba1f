import functools
import json

import pytest
import tiny
import torch

from draft_heads.batch import BatchDecoder
from draft_heads.errors import UserError
from draft_heads.heads.head import causal
from draft_heads.layers import DecoderLayer
from draft_heads.target import DESCRIBED, load_target

TEXT = torch.tensor([[65, 3, 200, 17, 3, 3, 99, 120, 4, 250, 31, 7]])


def fp32_product(target, name, x, norm=None):
    stored = target.tensor(f"{name}#0").double().t()
    return stored @ (x if norm is None else x * target.tensor(norm).double())


def int8_product(target, name, x, norm=None):
    """In integers, from the weights file, in and out of the turned basis."""
    turning = target.tensor("rotation").double()
    if norm is not None:
        values, large, step = (target.tensor(f"{name}{part}").double() for part in ("", ".large", ".step"))
        turned = x @ turning
        stored = ((turned / step).round() + 128).clamp(0, 255) - 128
        small = stored @ values * step * target.tensor(f"{name}.scales").double()
        return small + turned[-len(large) :] @ large
    found = 0
    values, scales = target.tensor(f"{name}#0").double() - 128, target.tensor(f"{name}#0.scales").double()
    for block, part in enumerate(x.split(values.shape[-1])):
        step = part.abs().max() / 127
        found = found + scales[:, block] * (values[:, block, : len(part)] @ (part / step).round()) * step
    return turning @ found


def made(folder):
    folder.mkdir()
    return folder


def relative_error(found, expected):
    return ((found - expected).norm() / expected.norm()).item()


def naive_states(target, tokens):
    """Token by token, head by head, in fp64."""
    product = functools.partial({"fp32": fp32_product, "int8": int8_product}[target.description["weights"]], target)
    c = target.config
    cos, sin = target.cos.double(), target.sin.double()

    def behind(norm, i, part, x):
        x = x / (x.pow(2).mean() + c.epsilon).sqrt()
        return product(f"layer.{i}.{part}", x, f"model.layers.{i}.{norm}.weight")

    def turned(x, position):
        half = c.head_dim // 2
        a, b, cosine, sine = x[:half], x[half:], cos[position], sin[position]
        return torch.cat((a * cosine - b * sine, b * cosine + a * sine))

    cache = [[] for _ in range(c.layers)]
    states = []
    for position, token in enumerate(tokens):
        x = target.embedding[token].double()
        for i in range(c.layers):
            heads = behind("input_layernorm", i, "qkv", x).split(c.head_dim)
            queries = [turned(head, position) for head in heads[: c.heads]]
            keys = [turned(head, position) for head in heads[c.heads : c.heads + c.kv_heads]]
            cache[i].append((keys, heads[c.heads + c.kv_heads :]))
            attended = []
            for head, query in enumerate(queries):
                group = head // (c.heads // c.kv_heads)
                scores = torch.stack([query @ keys[group] for keys, _ in cache[i]]) / c.head_dim**0.5
                attended.append(scores.softmax(0) @ torch.stack([values[group] for _, values in cache[i]]))
            x = x + product(f"layer.{i}.o", torch.cat(attended))
            gate, up = behind("post_attention_layernorm", i, "gateUp", x).chunk(2)
            x = x + product(f"layer.{i}.down", gate * gate.sigmoid() * up)
        states.append(x)
    return torch.stack(states)


def test_states_are_the_engines_arithmetic(target):
    # A step of int8 can round the other way in fp32, once in a while.
    tolerance = 1e-4 if target.description["weights"] == "fp32" else 2e-2
    states = target.states(TEXT)[0]
    torch.testing.assert_close(states, naive_states(target, TEXT[0]).float(), atol=tolerance, rtol=tolerance)


def test_int8_is_the_target_in_its_own_basis(tmp_path):
    folders = [tmp_path / form for form in ("fp32", "int8")]
    fp32, int8 = (load_target(tiny.write_target(made(folder), folder.name)) for folder in folders)
    expected = fp32.states(TEXT)
    assert relative_error(int8.embedding, fp32.embedding) < 0.01
    assert relative_error(int8.states(TEXT), expected) < 0.06
    assert relative_error(int8.logits(expected), fp32.logits(expected)) < 0.02
    torch.testing.assert_close(int8.normed(expected), fp32.normed(expected))


@pytest.mark.parametrize("form", ["fp32", "int8"])
@pytest.mark.parametrize("tied", [True, False])
def test_the_projection_makes_logits_of_normed_states(tmp_path, form, tied):
    target = load_target(tiny.write_target(tmp_path, form, tied=tied))
    states = target.states(TEXT)
    assert relative_error(target.normed(states) @ target.projection.t(), target.logits(states)) < 0.02


def test_a_channel_that_the_final_norm_drops_is_dropped_in_the_projection(tmp_path):
    target = load_target(tiny.write_target(tmp_path, "int8", tied=False))
    target.final_norm[3] = 0
    assert target.projection.isfinite().all() and (target.projection[:, 3] == 0).all()


def test_padding_changes_nothing(target):
    padded = torch.nn.functional.pad(TEXT, (0, 5), value=9).repeat(2, 1)
    torch.testing.assert_close(target.states(padded)[1, : TEXT.shape[1]], target.states(TEXT)[0])


def test_the_writing_graph_follows_texts_of_different_lengths(target):
    tokens = TEXT[0].tolist()
    expected = target.logits(target.states(TEXT))[0]
    decoder = BatchDecoder(target, batch=2, capacity=32, top=tiny.VOCABULARY, threads=1)
    late = 4
    for step, token in enumerate(tokens):
        if step == late:
            decoder.clear(1)
        ids, logits = decoder.step([token, tokens[step - late] if step >= late else 9])
        for row, position in ((0, step), (1, step - late)):
            if position >= 0:
                found = torch.empty(tiny.VOCABULARY)
                found[torch.from_numpy(ids[row].copy())] = torch.from_numpy(logits[row].copy())
                # Seven bits a weight: close, not equal.
                assert torch.nn.functional.cosine_similarity(found, expected[position], dim=0) > 0.99


def test_layer_weights_compute_what_the_target_computes(target):
    x = target.embedding[TEXT]
    for i in range(target.config.layers):
        layer = DecoderLayer(target.config)
        layer.load_state_dict(target.layer_weights(i))
        x = layer(x, target.cos[: x.shape[1]], target.sin[: x.shape[1]], causal(x.shape[1]))
    # A layer of a head rounds nothing.
    assert relative_error(x, target.states(TEXT)) < (1e-5 if target.description["weights"] == "fp32" else 0.06)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda d: d.update(version=0), "another version"),
        *((lambda d, name=name: d.pop(name), f"target.json lacks {name}. Run") for name in DESCRIBED),
        (lambda d: d.update(config=None), "target.json does not describe a target"),
        (lambda d: d["config"].pop("hiddenSize"), "KeyError: 'hiddenSize'"),
        (lambda d: d["index"]["entries"]["embedding"].update(dims=[3, 3]), "target.json does not describe a target"),
        (lambda d: d["index"]["linears"].pop("layer.0.o"), "KeyError: 'layer.0.o'"),
        (lambda d: d["index"]["entries"].pop("model.norm.weight"), "lack model.norm.weight"),
        (lambda d: d.update(folder="/nowhere"), "cannot be read"),
        (lambda d: d["index"]["linears"].update({"layer.0.o": [{"kind": "q4c", "rows": 1}]}), "q4c"),
        (lambda d: d.update(tokenizer={}), "tokenizer of tiny"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(tmp_path, damage, sentence):
    file = tiny.write_target(tmp_path)
    description = json.loads(file.read_text())
    damage(description)
    file.write_text(json.dumps(description))
    with pytest.raises(UserError, match=sentence):
        load_target(file)


def test_a_cut_off_weights_file_is_refused(tmp_path):
    file = tiny.write_target(tmp_path)
    weights = tmp_path / "weights.bin"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(UserError, match="weights.bin lack rotary"):
        load_target(file)


def test_something_else_is_refused(tmp_path):
    file = tmp_path / "target.json"
    file.write_text("not JSON")
    with pytest.raises(UserError, match="not what `draftscope describe` prints"):
        load_target(file)
