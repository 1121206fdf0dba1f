"""The target as the engine decodes it: its converted weights, run in PyTorch.

`draftscope describe` says what the model is and where its converted weights lie. The `int8` form is computed as
`src/models/graph/decoder.ts` defines it, with each row of an input rounded to 255 steps, but in fp32 products, which
hold the same sums exactly enough on every processor.
"""

import dataclasses
import hashlib
import json
import pathlib

import numpy
import torch
from tokenizers import Tokenizer
from torch.nn import functional as F

from .errors import UserError
from .layers import rms_norm, rotate

DESCRIPTION_VERSION = 1
ELEMENTS = {"f32": numpy.float32, "u8": numpy.uint8, "i8": numpy.int8, "i64": numpy.int64}


@dataclasses.dataclass(frozen=True)
class Config:
    """The shape of a Llama-family decoder."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    feed_forward: int
    vocabulary: int
    context: int
    rope_base: float
    epsilon: float
    tied_head: bool


class Linear:
    """One linear layer of the target, `weight` [rows, inputs], in the form that the engine multiplies it."""

    def __init__(self, weight, kept=None):
        self.weight = weight
        self.kept = kept

    def __call__(self, x):
        return F.linear(x if self.kept is None else self.rounded(x), self.weight)

    def rounded(self, x):
        """`x` as int8 sees it: a row's kept channels in 255 steps of their own range, outliers as they are."""
        kept = x * self.kept
        low, high = kept.aminmax(dim=-1, keepdim=True)
        step = (high - low).clamp_min_(1e-8).div_(255)
        rounded = kept.sub_(low).div_(step).round_().mul_(step).add_(low)
        return torch.where(self.kept.bool(), rounded, x)


class Target:
    """The model's weights, and forwards over whole texts."""

    def __init__(self, description):
        shape = description["config"]
        self.description = description
        self.config = Config(
            hidden=shape["hiddenSize"],
            layers=shape["layers"],
            heads=shape["heads"],
            kv_heads=shape["kvHeads"],
            head_dim=shape["headDim"],
            feed_forward=shape["feedForward"],
            vocabulary=shape["vocabulary"],
            context=shape["context"],
            rope_base=shape["ropeBase"],
            epsilon=shape["normEpsilon"],
            tied_head=shape["tiedHead"],
        )
        self.tokenizer = tokenizer_of(description)
        self.end_tokens = description["endTokens"]
        self.file = pathlib.Path(description["folder"]) / description["weightsFile"]
        self._bytes = self._map()
        self._entries = description["index"]["entries"]
        layers = range(self.config.layers)
        self.embedding = self._embedding()
        self.linears = [
            {part: self._linear(f"layer.{i}.{part}") for part in ("qkv", "o", "gateUp", "down")} for i in layers
        ]
        self.head = self._linear("head")
        self.input_norms = [self.tensor(f"model.layers.{i}.input_layernorm.weight") for i in layers]
        self.attention_norms = [self.tensor(f"model.layers.{i}.post_attention_layernorm.weight") for i in layers]
        self.final_norm = self.tensor("model.norm.weight")
        self.cos, self.sin = self.tensor("rotary.cos"), self.tensor("rotary.sin")

    def _map(self):
        try:
            return numpy.memmap(self.file, mode="r")
        except (OSError, ValueError) as error:
            raise UserError(
                f"The converted weights {self.file} cannot be read: {error}. Run `draftscope describe` again."
            ) from error

    def tensor(self, name):
        """A tensor of the weights file as it is stored there."""
        entry = self._entries.get(name)
        if entry is None or entry["offset"] + entry["length"] > len(self._bytes):
            raise UserError(f"The converted weights {self.file} lack {name}. Run `draftscope describe` again.")
        stored = self._bytes[entry["offset"] : entry["offset"] + entry["length"]]
        return torch.from_numpy(stored.view(ELEMENTS[entry["type"]]).reshape(entry["dims"]).copy())

    def _embedding(self):
        stored = self.tensor("embedding")
        match self.description["index"]["embedding"]:
            case "f32":
                return stored
            case "q8":
                values = (stored.float() - 128) * self.tensor("embedding.scales").unsqueeze(-1)
                return values.view(len(stored), -1)

    def _linear(self, name):
        segments = self.description["index"]["linears"][name]
        match [segment["kind"] for segment in segments]:
            case ["int8"]:
                weight = (self.tensor(name).float() * self.tensor(f"{name}.scales")).t().contiguous()
                outliers = self.tensor(f"{name}.outliers")
                weight[:, outliers] = self.tensor(f"{name}.exact")[:-1].t()
                return Linear(weight, self.tensor(f"{name}.keep"))
            case ["f32"]:
                key = f"{name}#0"
                return Linear(self.tensor(key).t().contiguous() if key in self._entries else self.embedding)
            case kinds:
                raise UserError(f"Weights of the kind {', '.join(kinds)} are not trained on. Use int8 or fp32.")

    def layer_weights(self, index):
        """A decoder layer's weights by their names in it, as Hugging Face calls them."""
        c, linears = self.config, self.linears[index]
        query, key, value = linears["qkv"].weight.split(
            (c.heads * c.head_dim, c.kv_heads * c.head_dim, c.kv_heads * c.head_dim)
        )
        gate, up = linears["gateUp"].weight.chunk(2)
        return {
            "input_layernorm.weight": self.input_norms[index],
            "self_attn.q_proj.weight": query,
            "self_attn.k_proj.weight": key,
            "self_attn.v_proj.weight": value,
            "self_attn.o_proj.weight": linears["o"].weight,
            "post_attention_layernorm.weight": self.attention_norms[index],
            "mlp.gate_proj.weight": gate,
            "mlp.up_proj.weight": up,
            "mlp.down_proj.weight": linears["down"].weight,
        }

    @property
    def files(self):
        """The hashes of the model's files: whose text a text is."""
        return [file["sha256"] for file in self.description["files"]]

    def sha256(self):
        """The hash of the converted weights: whose states a head was made for."""
        return hashlib.sha256(self._bytes).hexdigest()

    def states(self, tokens):
        """The residual stream before the final norm, [B, T, hidden], of `tokens` [B, T], each text from position 0."""
        c = self.config
        batch, length = tokens.shape
        cos, sin = self.cos[:length], self.sin[:length]
        x = self.embedding[tokens]
        for i, linears in enumerate(self.linears):
            packed = linears["qkv"](rms_norm(x, self.input_norms[i], c.epsilon))
            packed = packed.view(batch, length, c.heads + 2 * c.kv_heads, c.head_dim).transpose(1, 2)
            turned, value = packed.split((c.heads + c.kv_heads, c.kv_heads), dim=1)
            query, key = rotate(turned, cos, sin).split((c.heads, c.kv_heads), dim=1)
            attended = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
            x = x + linears["o"](attended.transpose(1, 2).reshape(batch, length, -1))
            gate, up = linears["gateUp"](rms_norm(x, self.attention_norms[i], c.epsilon)).chunk(2, dim=-1)
            x = x + linears["down"](F.silu(gate) * up)
        return x

    def normed(self, state):
        """What the vocabulary projection reads."""
        return rms_norm(state, self.final_norm, self.config.epsilon)


def tokenizer_of(description):
    try:
        return Tokenizer.from_str(json.dumps(description["tokenizer"]))
    except Exception as error:
        raise UserError(f"The tokenizer of {description['name']} cannot be used here: {error}.") from error


def load_target(file):
    """The target that `draftscope describe` described in `file`."""
    try:
        description = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{file} is not what `draftscope describe` prints ({error}). Write it again.") from error
    if not isinstance(description, dict) or description.get("version") != DESCRIPTION_VERSION:
        raise UserError(f"{file} comes from another version of `draftscope describe`. Write it again with this one.")
    return Target(description)
