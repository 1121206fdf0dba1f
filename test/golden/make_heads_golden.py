"""Writes heads/: a target of a few thousand random weights, heads trained on its text, and what PyTorch makes of them.

`heads/target` is a Hugging Face folder; `heads/trained` has every head as `draft-heads export` writes it, but for
products in fp32, so that only the order of sums differs. `heads/expected.json` has, for one text, the target's states,
and what each level of each head guesses at some positions when it is told the text's own tokens.

    npm run build && pip install -e training
    python test/golden/make_heads_golden.py
"""

import json
import pathlib
import shutil
import sys
import tempfile

import numpy
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "training/tests"))

from test_export import EXACT, rounded_linears  # noqa: E402
from tiny import SPECIAL, VOCABULARY, byte_tokenizer  # noqa: E402

from draft_heads import cli  # noqa: E402
from draft_heads.data import Batch, Data  # noqa: E402
from draft_heads.export import export_head  # noqa: E402
from draft_heads.heads import HEADS, DraftModel  # noqa: E402
from draft_heads.parts import rounded  # noqa: E402
from draft_heads.target import load_target  # noqa: E402
from draft_heads.train import reopen_run  # noqa: E402

HIDDEN, LAYERS, HEADS_OF_TARGET, KV_HEADS, FEED_FORWARD, CONTEXT = 32, 2, 2, 1, 64, 1024
TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'user' %}<|user|>{{ m.content }}<|end|><|answer|>"
    "{% else %}{{ m.content }}<|end|>{% endif %}{% endfor %}"
)
TOKENS, STEPS = 30_000, 200
#: Of the text, and those at which guesses are told: `guessed` are the positions t of the last state that is known.
LENGTH, GUESSED = 40, (0, 9, 30)


def write_target(folder):
    random = torch.Generator().manual_seed(1)

    def weight(rows, inputs):
        return (torch.randn(rows, inputs, generator=random) * inputs**-0.5).to(torch.float16)

    def norm():
        return (torch.rand(HIDDEN, generator=random) + 0.5).to(torch.float16)

    kv = HIDDEN // HEADS_OF_TARGET * KV_HEADS
    tensors = {
        "model.embed_tokens.weight": weight(VOCABULARY, HIDDEN) * HIDDEN**0.5,
        "model.norm.weight": norm(),
        # Of its own, or the target would say each token again; and large, so that its laws are not flat.
        "lm_head.weight": weight(VOCABULARY, HIDDEN) * 4,
    }
    for i in range(LAYERS):
        layer = f"model.layers.{i}"
        tensors |= {f"{layer}.{name}.weight": norm() for name in ("input_layernorm", "post_attention_layernorm")}
        for name, rows in (("q", HIDDEN), ("k", kv), ("v", kv), ("o", HIDDEN)):
            tensors[f"{layer}.self_attn.{name}_proj.weight"] = weight(rows, HIDDEN)
        tensors[f"{layer}.mlp.gate_proj.weight"] = weight(FEED_FORWARD, HIDDEN)
        tensors[f"{layer}.mlp.up_proj.weight"] = weight(FEED_FORWARD, HIDDEN)
        tensors[f"{layer}.mlp.down_proj.weight"] = weight(HIDDEN, FEED_FORWARD)
    folder.mkdir(parents=True)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": HIDDEN,
        "intermediate_size": FEED_FORWARD,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS_OF_TARGET,
        "num_key_value_heads": KV_HEADS,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": CONTEXT,
        "rope_theta": 10000.0,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": False,
        "eos_token_id": 0,
    }
    for name, value in (
        ("config.json", config),
        ("tokenizer.json", {"version": "1.0", **byte_tokenizer()}),
        ("tokenizer_config.json", {"eos_token": SPECIAL[0], "chat_template": TEMPLATE}),
    ):
        (folder / name).write_text(json.dumps(value) + "\n", encoding="utf-8")


def expected_guesses(run, head, text):
    """For each position: by level, the most probable tokens and their probabilities."""
    values, scales = rounded(run.teacher.projection.numpy())
    table = (values.astype(numpy.float32) - 128) * scales[..., None]
    projection = torch.from_numpy(table.reshape(run.teacher.projection.shape))
    outputs = head(run.teacher.inputs(text))
    found = []
    for t in GUESSED:
        best = [(output[0, t] @ projection.t()).softmax(dim=-1).topk(3) for output in outputs]
        tokens = [run.teacher.vocabulary[level.indices].tolist() for level in best]
        found.append({"tokens": tokens, "probabilities": [figures(level.values) for level in best]})
    return found


def figures(values):
    return [float(f"{value:.6g}") for value in values.flatten().tolist()]


def main():
    torch.set_num_threads(1)
    folder = HERE / "heads"
    shutil.rmtree(folder, ignore_errors=True)
    write_target(folder / "target")
    with tempfile.TemporaryDirectory() as scratch:
        place = ["--folder", scratch]
        common = ["--learning-rate", "0.003", "--coverage", "0.9", "--batch", "1024", "--law-positions", "256"]

        def step(*arguments):
            if cli.main([*arguments, *place]) != 0:
                sys.exit(1)

        step("describe", "--model", str(folder / "target"), "--weights", "fp32")
        step("text", "--tokens", str(TOKENS))
        step("states")
        target = load_target(pathlib.Path(scratch) / "target.json")
        tokens = max((each.tokens for each in Data(pathlib.Path(scratch) / "text").training), key=len)[None, :LENGTH]
        text = Batch(tokens, torch.ones_like(tokens, dtype=torch.bool), target.states(tokens))
        expected = {"guessed": GUESSED, "heads": {}}
        for name in HEADS:
            if name == DraftModel.name:
                continue
            step("train", "--head", name, "--steps", str(STEPS), *common)
            run = reopen_run(target, pathlib.Path(scratch) / "text", pathlib.Path(scratch) / "heads" / name)
            export_head(run, folder / "trained", "MIT", accuracy=EXACT)
            expected["heads"][name] = expected_guesses(run, rounded_linears(run.head), text)
        expected["text"] = text.tokens[0].tolist()
        expected["states"] = figures(text.states)
        expected["normed"] = figures(target.normed(text.states))
    (folder / "expected.json").write_text(json.dumps(expected) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
