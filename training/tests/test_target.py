import json

import pytest
import tiny
import torch

from draft_heads.batch import BatchDecoder
from draft_heads.errors import UserError
from draft_heads.heads.head import causal
from draft_heads.layers import DecoderLayer
from draft_heads.target import load_target

TEXT = torch.tensor([[65, 3, 200, 17, 3, 3, 99, 120, 4, 250, 31, 7]])


def naive_states(target, tokens):
    """Token by token, head by head, in fp64."""
    c = target.config
    cos, sin = target.cos.double(), target.sin.double()

    def norm(x, weight):
        return x / (x.pow(2).mean() + c.epsilon).sqrt() * weight.double()

    def product(linear, x):
        if linear.kept is not None:
            kept = x * linear.kept.double()
            low, span = kept.min(), max(kept.max() - kept.min(), 1e-8)
            steps = ((kept - low) / span * 255).round()
            x = torch.where(linear.kept.bool(), low + span * steps / 255, x)
        return linear.weight.double() @ x

    def turned(x, position):
        half = c.head_dim // 2
        a, b, cosine, sine = x[:half], x[half:], cos[position], sin[position]
        return torch.cat((a * cosine - b * sine, b * cosine + a * sine))

    cache = [[] for _ in range(c.layers)]
    states = []
    for position, token in enumerate(tokens):
        x = target.embedding[token].double()
        for i, linears in enumerate(target.linears):
            heads = product(linears["qkv"], norm(x, target.input_norms[i])).split(c.head_dim)
            queries = [turned(head, position) for head in heads[: c.heads]]
            keys = [turned(head, position) for head in heads[c.heads : c.heads + c.kv_heads]]
            cache[i].append((keys, heads[c.heads + c.kv_heads :]))
            attended = []
            for head, query in enumerate(queries):
                group = head // (c.heads // c.kv_heads)
                scores = torch.stack([query @ keys[group] for keys, _ in cache[i]]) / c.head_dim**0.5
                attended.append(scores.softmax(0) @ torch.stack([values[group] for _, values in cache[i]]))
            x = x + product(linears["o"], torch.cat(attended))
            gate, up = product(linears["gateUp"], norm(x, target.attention_norms[i])).chunk(2)
            x = x + product(linears["down"], gate * gate.sigmoid() * up)
        states.append(x)
    return torch.stack(states)


def test_states_are_the_engines_arithmetic(target):
    # A step of int8 can round the other way in fp32, once in a while.
    tolerance = 1e-4 if target.description["weights"] == "fp32" else 2e-2
    states = target.states(TEXT)[0]
    torch.testing.assert_close(states, naive_states(target, TEXT[0]).float(), atol=tolerance, rtol=tolerance)


def test_padding_changes_nothing(target):
    padded = torch.nn.functional.pad(TEXT, (0, 5), value=9).repeat(2, 1)
    torch.testing.assert_close(target.states(padded)[1, : TEXT.shape[1]], target.states(TEXT)[0])


def test_the_writing_graph_follows_texts_of_different_lengths(target):
    tokens = TEXT[0].tolist()
    expected = target.head(target.normed(target.states(TEXT)))[0]
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


def test_layer_weights_compute_what_the_target_computes(tmp_path):
    """In fp32: a layer of a head rounds nothing."""
    target = load_target(tiny.write_target(tmp_path))
    x = target.embedding[TEXT]
    for i in range(target.config.layers):
        layer = DecoderLayer(target.config)
        layer.load_state_dict(target.layer_weights(i))
        x = layer(x, target.cos[: x.shape[1]], target.sin[: x.shape[1]], causal(x.shape[1]))
    torch.testing.assert_close(x, target.states(TEXT), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda d: d.update(version=0), "another version"),
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
