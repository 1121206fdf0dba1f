"""Writes released-heads/: tiny heads in the formats that heads are released in, and what PyTorch computes with them.

Medusa, Hydra and EAGLE are the trainer's own modules, EAGLE-3 is written here. Every weight matrix is such that 8 bits
in blocks of 32 hold it exactly, so that an imported head must compute the same but for the order of sums.

    PYTHONPATH=training training/.venv/bin/python test/golden/make_released_heads_golden.py
"""

import dataclasses
import json
import pathlib
import shutil
import types

import torch
from draft_heads.heads.eagle import Eagle
from draft_heads.heads.head import causal
from draft_heads.heads.hydra import Hydra
from draft_heads.heads.medusa import Medusa, ResidualBlock
from draft_heads.layers import DecoderLayer, RmsNorm, rotate
from draft_heads.target import Config
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent / "released-heads"
BLOCK, TOP, ROWS = 32, 10, 6
TARGET = Config(
    hidden=32,
    layers=6,
    heads=2,
    kv_heads=1,
    head_dim=16,
    feed_forward=64,
    vocabulary=48,
    context=64,
    rope_base=10000.0,
    epsilon=1e-5,
    tied_head=True,
)


def exact(shape, generator, step=2**-9):
    """Random weights of at most 127 steps, some of each block of that many: 8 bits lose nothing of them."""
    steps = torch.randint(-127, 128, shape, generator=generator)
    steps.view(-1, BLOCK)[:, 0] = 127
    return steps * step


def fill(module, generator):
    """Gives every parameter of `module` a value: small biases, norms about one, matrices that 8 bits hold."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.ndim == 2:
                parameter.copy_(exact(parameter.shape, generator))
            else:
                around = 0 if name.endswith("bias") else 1
                parameter.copy_(around + (torch.randint(-64, 65, parameter.shape, generator=generator) / 128))
    return module


def rotary(base, head_dim, length):
    angles = torch.arange(length)[:, None] * base ** (-torch.arange(0, head_dim, 2) / head_dim)
    return angles.cos(), angles.sin()


class Target:
    """What the trainer's heads want of a target."""

    def __init__(self, generator):
        self.config = TARGET
        self.cos, self.sin = rotary(TARGET.rope_base, TARGET.head_dim, TARGET.context)
        self.final_norm = torch.ones(TARGET.hidden)
        self.embedding = exact((TARGET.vocabulary, TARGET.hidden), generator, step=2**-6)

    def layer_weights(self, _):
        """Any: they are replaced."""
        c, kv = TARGET, TARGET.kv_heads * TARGET.head_dim
        return {
            "post_attention_layernorm.weight": torch.ones(c.hidden),
            "self_attn.q_proj.weight": torch.zeros(c.heads * c.head_dim, c.hidden),
            "self_attn.k_proj.weight": torch.zeros(kv, c.hidden),
            "self_attn.v_proj.weight": torch.zeros(kv, c.hidden),
            "self_attn.o_proj.weight": torch.zeros(c.hidden, c.heads * c.head_dim),
            "mlp.gate_proj.weight": torch.zeros(c.feed_forward, c.hidden),
            "mlp.up_proj.weight": torch.zeros(c.feed_forward, c.hidden),
            "mlp.down_proj.weight": torch.zeros(c.hidden, c.feed_forward),
        }


@dataclasses.dataclass(frozen=True)
class Eagle3Config:
    """An EAGLE-3 head's shape and its ways, under the names of config.json."""

    hidden_size: int = 32
    num_attention_heads: int = 2
    num_key_value_heads: int = 1
    head_dim: int = 16
    intermediate_size: int = 32
    rms_norm_eps: float = 1e-6
    rope_theta: float = 10000.0
    draft_vocab_size: int = 32
    norm_before_residual: bool = False
    norm_before_fc: bool = False
    norm_output: bool = False


class Eagle3(nn.Module):
    """EAGLE-3 (Li et al. 2025): one layer that reads an embedding beside a state made of three layers' states."""

    def __init__(self, config, target):
        super().__init__()
        self.config, c = config, config
        width, heads, kv = c.hidden_size, c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim

        def linear(inputs, rows):
            return nn.Linear(inputs, rows, bias=False)

        def norm(size=width):
            return RmsNorm(size, c.rms_norm_eps)

        self.fc = linear(3 * target.hidden, width)
        if c.norm_before_fc:
            self.input_norm = norm(3 * target.hidden)
        projections = {"q_proj": linear(2 * width, heads), "k_proj": linear(2 * width, kv)}
        projections |= {"v_proj": linear(2 * width, kv), "o_proj": linear(heads, width)}
        feed_forward = {"gate_proj": linear(width, c.intermediate_size), "up_proj": linear(width, c.intermediate_size)}
        feed_forward["down_proj"] = linear(c.intermediate_size, width)
        layer = {"hidden_norm": norm(), "input_layernorm": norm(), "post_attention_layernorm": norm()}
        layer |= {"self_attn": nn.ModuleDict(projections), "mlp": nn.ModuleDict(feed_forward)}
        self.midlayer = nn.ModuleDict(layer)
        self.norm = norm()
        self.lm_head = linear(width, c.draft_vocab_size)

    def features(self, layers):
        """`layers` [T, 3 hidden] to [T, width]."""
        return self.fc(self.input_norm(layers) if self.config.norm_before_fc else layers)

    def forward(self, embeddings, features, cache, start):
        """The next features and the logits of rows at positions from `start` on, which see all of `cache` and the
        rows before. `cache` is a list of earlier keys and values, [heads, T, d], and gets the new ones."""
        c, layer = self.config, self.midlayer
        normed = layer["hidden_norm"](features)
        read = torch.cat((layer["input_layernorm"](embeddings), normed), dim=-1)
        residual = normed if c.norm_before_residual else features
        attention = layer["self_attn"]
        cos, sin = rotary(c.rope_theta, c.head_dim, start + len(read))

        def heads(name, count, turned):
            rows = attention[name](read).unflatten(-1, (count, c.head_dim)).transpose(0, 1)
            return rotate(rows, cos[start:], sin[start:]) if turned else rows

        key, value = heads("k_proj", c.num_key_value_heads, True), heads("v_proj", c.num_key_value_heads, False)
        cache.append((key, value))
        keys, values = (torch.cat(parts, dim=1) for parts in zip(*cache))
        rows, columns = len(read), keys.shape[1]
        seen = torch.ones(rows, columns, dtype=torch.bool).tril(columns - rows)
        query = heads("q_proj", c.num_attention_heads, True)
        attended = F.scaled_dot_product_attention(query[None], keys[None], values[None], seen, enable_gqa=True)[0]
        x = residual + attention["o_proj"](attended.transpose(0, 1).flatten(1))
        mlp, after = layer["mlp"], layer["post_attention_layernorm"](x)
        x = x + mlp["down_proj"](F.silu(mlp["gate_proj"](after)) * mlp["up_proj"](after))
        out = self.norm(x)
        return (out if c.norm_output else x), self.lm_head(out)


def guesses(logits, ids=None):
    """The best tokens of `logits` [..., vocabulary] and their probabilities."""
    best = logits.softmax(dim=-1).topk(TOP)
    token = best.indices if ids is None else ids[best.indices]
    return {"token": token.tolist(), "probability": numbers(best.values)}


def numbers(values):
    return [numbers(value) for value in values] if values.ndim > 1 else [round(value, 6) for value in values.tolist()]


def write(name, tensors, config=None, file="model.safetensors", dtype=torch.float16):
    folder = HERE / name
    folder.mkdir(parents=True)
    stored = {key: value.detach().to(dtype) if value.is_floating_point() else value for key, value in tensors.items()}
    assert all(torch.equal(stored[key].to(value.dtype), value) for key, value in tensors.items()), name
    save_file({key: value.contiguous() for key, value in stored.items()}, folder / file)
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def make_medusa(target, generator):
    """In both namings: as released, and as vLLM reads it, with one projection cut to some tokens."""

    class TwoLevels(Medusa):
        levels = 2

    head = fill(TwoLevels(target), generator)
    hidden = torch.randn(3, TARGET.hidden, generator=generator)
    states = head(types.SimpleNamespace(normed=hidden))
    # The last level repeats its block, which is stored once.
    states[-1] = head.blocks[-1](states[-1])
    projections = [exact((TARGET.vocabulary, TARGET.hidden), generator) for _ in range(head.levels)]
    tensors = {}
    for k, (block, projection) in enumerate(zip(head.blocks, projections)):
        tensors |= {f"{k}.0.linear.{part}": value for part, value in block.linear.state_dict().items()}
        tensors[f"{k}.{1 if k == 0 else 2}.weight"] = projection
    write("medusa", tensors, file="medusa_lm_head.safetensors")
    logits = torch.stack([state @ projection.t() for state, projection in zip(states, projections)], dim=1)
    released = {"hidden": numbers(hidden), **guesses(logits)}

    ids = torch.randperm(TARGET.vocabulary, generator=generator)[:32]
    states = head(types.SimpleNamespace(normed=hidden))
    tensors = {"token_map": ids, "medusa_heads.lm_heads.0.weight": projections[0]}
    for k, block in enumerate(head.blocks):
        layer = f"medusa_heads.blocks.{k}.layers.0"
        tensors |= {f"{layer}.{part}": value for part, value in block.linear.state_dict().items()}
    config = {"num_heads": 2, "num_hidden_layers": 1, "hidden_size": TARGET.hidden, "vocab_size": TARGET.vocabulary}
    config |= {"truncated_vocab_size": len(ids), "medusa_fc_bias": True, "original_lm_head": True}
    write("medusa-vllm", tensors, config, dtype=torch.bfloat16)
    logits = torch.stack(states, dim=1) @ projections[0][ids].t()
    return {"medusa": released, "medusa-vllm": {"hidden": numbers(hidden), **guesses(logits, ids)}}


def make_hydra(target, generator):
    """Two levels, of two blocks and of one."""

    class TwoLevels(Hydra):
        levels = 2

    head, second = fill(TwoLevels(target), generator), fill(ResidualBlock(TARGET.hidden), generator)
    tokens = torch.randint(TARGET.vocabulary, (3, 2), generator=generator)
    hidden = torch.randn(3, TARGET.hidden, generator=generator)
    embeddings = [target.embedding[tokens[:, k]] for k in range(2)]
    first, last = head(types.SimpleNamespace(normed=hidden, following=lambda k: embeddings[k]))
    projections = [fill(nn.Linear(TARGET.hidden, TARGET.vocabulary), generator) for _ in range(2)]
    tensors = {f"hydra_mlp.0.1.{name}": value for name, value in second.state_dict().items()}
    for k, (block, projection) in enumerate(zip(head.blocks, projections)):
        tensors |= {f"hydra_mlp.{k}.0.{name}": value for name, value in block.state_dict().items()}
        tensors |= {f"hydra_lm_head.{k}.{part}": value for part, value in projection.state_dict().items()}
    config = {"hydra_num_heads": 2, "hydra_head_arch": "mlp", "grounded_heads": True, "hidden_state_offset": 0}
    write("hydra", tensors, config, file="hydra_lm_head.safetensors")
    outputs = [guesses(projections[0](second(first))), guesses(projections[1](last))]
    return {"hydra": {"hidden": numbers(hidden), "tokens": tokens.tolist(), "levels": outputs}}


def make_hydra_plus(target, generator):
    """Hydra++: a decoder layer over the states, dropouts among the modules, and a repeated block that is stored once."""

    class OneLevel(Hydra):
        levels = 1

    head, second = fill(OneLevel(target), generator), fill(ResidualBlock(TARGET.hidden), generator)
    layer = fill(DecoderLayer(TARGET), generator)
    norm = fill(RmsNorm(TARGET.hidden, TARGET.epsilon), generator)
    projection = fill(nn.Linear(TARGET.hidden, TARGET.vocabulary), generator)
    features = torch.randn(ROWS, TARGET.hidden, generator=generator)
    states = norm(layer(features[None], target.cos[:ROWS], target.sin[:ROWS], causal(ROWS)))[0]
    tokens = torch.randint(TARGET.vocabulary, (ROWS,), generator=generator)
    embeddings = target.embedding[tokens]
    [state] = head(types.SimpleNamespace(normed=states, following=lambda _: embeddings))
    prefix = "prefix_embeding_layer"
    tensors = {f"{prefix}.layers.0.{name}": value for name, value in layer.state_dict().items()}
    tensors |= {f"{prefix}.norm.weight": norm.weight, f"{prefix}.embed_tokens.weight": torch.zeros(1, TARGET.hidden)}
    tensors |= {f"hydra_mlp.0.1.{name}": value for name, value in head.blocks[0].state_dict().items()}
    tensors |= {f"hydra_mlp.0.3.{name}": value for name, value in second.state_dict().items()}
    tensors |= {f"hydra_lm_head.0.1.{name}": value for name, value in projection.state_dict().items()}
    config = {"hydra_num_heads": 1, "hydra_num_layers": 3, "hydra_head_arch": "prefix-mlp", "grounded_heads": True}
    write("hydra-plus", tensors, config)
    outputs = guesses(projection(second(second(state))))
    shown = {"features": numbers(features), "next": numbers(states), "tokens": tokens[:, None].tolist()}
    return {"hydra-plus": {**shown, "levels": [outputs]}}


def make_eagle(target, generator):
    class TwoLevels(Eagle):
        levels = 2

    head = TwoLevels(target)
    head.fc = nn.Linear(2 * TARGET.hidden, TARGET.hidden)
    fill(head, generator)
    tokens = torch.randint(TARGET.vocabulary, (1, ROWS + 1), generator=generator)
    features = torch.randn(1, ROWS, TARGET.hidden, generator=generator)

    def following(k):
        return target.embedding[tokens[:, k : k + ROWS]]

    inputs = types.SimpleNamespace(normed=features, generator=None, following=following)
    first, second = (output[0] for output in head(inputs))
    tensors = {"embed_tokens.weight": target.embedding, **head.state_dict()}
    config = {"num_hidden_layers": 1, "hidden_size": TARGET.hidden, "num_attention_heads": TARGET.heads, "bias": True}
    config |= {"num_key_value_heads": TARGET.kv_heads, "rms_norm_eps": TARGET.epsilon, "hidden_act": "silu"}
    write("eagle", tensors, {**config, "intermediate_size": TARGET.feed_forward}, dtype=torch.float32)
    return {
        "eagle": {
            "features": numbers(features[0]),
            "tokens": tokens[0].tolist(),
            "next": numbers(first),
            "second": numbers(second[-1:]),
            "levels": [guesses(first @ target.embedding.t()), guesses(second[-1:] @ target.embedding.t())],
        }
    }


def make_eagle3(target, generator):
    """As released; and as speculators writes it, with every switch turned, other positions and a wider head."""
    wide = {"hidden_size": 64, "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 32}
    turned = {"rope_theta": 500.0, "norm_before_residual": True, "norm_before_fc": True, "norm_output": True}
    expected = {}
    for name, config in (("eagle3", Eagle3Config()), ("eagle3-speculators", Eagle3Config(**wide, **turned))):
        head = fill(Eagle3(config, TARGET), generator)
        own = exact((TARGET.vocabulary, config.hidden_size), generator, step=2**-6)
        embedding = target.embedding if config.hidden_size == TARGET.hidden else own
        ids = torch.randperm(TARGET.vocabulary, generator=generator)[: config.draft_vocab_size].sort().values
        offsets = ids - torch.arange(len(ids))
        members = torch.zeros(TARGET.vocabulary, dtype=torch.bool).index_fill(0, ids, True)
        tensors = {**head.state_dict(), "d2t": offsets, "t2d": members}
        if name == "eagle3":
            write(name, tensors, {"architectures": ["LlamaForCausalLMEagle3"], **dataclasses.asdict(config)})
        else:
            write_speculators(name, tensors, embedding, config)

        tokens = torch.randint(TARGET.vocabulary, (ROWS + 1,), generator=generator)
        layers, cache = torch.randn(ROWS, 3 * TARGET.hidden, generator=generator), []
        features = head.features(layers)
        first, logits = head(embedding[tokens[:ROWS]], features, cache, 0)
        second, more = head(embedding[tokens[ROWS:]], first[-1:], cache, ROWS)
        expected[name] = {
            "layers": numbers(layers),
            "features": numbers(features),
            "tokens": tokens.tolist(),
            "next": numbers(first),
            "second": numbers(second),
            "levels": [guesses(logits, ids), guesses(more, ids)],
        }
    return expected


def write_speculators(name, tensors, embedding, config):
    flags = ("draft_vocab_size", "norm_before_residual", "norm_before_fc", "norm_output")
    shape = dataclasses.asdict(config)
    outer = {key: shape.pop(key) for key in flags}
    renamed = {key.replace("midlayer.", "layers.0."): value for key, value in tensors.items()}
    outer |= {"speculators_model_type": "eagle3", "eagle_aux_hidden_state_layer_ids": [1, 3, 5]}
    config = {**outer, "transformer_layer_config": {"model_type": "llama", **shape}}
    write(name, {**renamed, "embed_tokens.weight": embedding}, config, dtype=torch.bfloat16)


def main():
    torch.set_grad_enabled(False)
    generator = torch.Generator().manual_seed(1)
    shutil.rmtree(HERE, ignore_errors=True)
    target = Target(generator)
    write("target", {"embedding": target.embedding}, dataclasses.asdict(TARGET))
    expected = {}
    for make in (make_medusa, make_hydra, make_eagle, make_eagle3, make_hydra_plus):
        expected |= make(target, generator)
    golden = {"made_by": f"torch {torch.__version__}, fp32", **expected}
    (HERE / "expected.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
