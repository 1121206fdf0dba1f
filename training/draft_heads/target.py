"""The target as the engine decodes it: its converted weights, run in PyTorch.

`draftscope describe` says what the model is and where its converted weights lie. The `int8` form is computed as
`src/models/graph/decoder.ts` defines it, its inputs rounded to 8 bits in a turned basis, but in fp32 products, which
hold the same sums exactly enough on every processor. What a target hands out is in the model's own basis.
"""

import dataclasses
import functools
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
DESCRIBED = "name files weights folder weightsFile index config chat endTokens startTokens tokenizer".split()
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
    """One linear layer of the target, `weight` [rows, inputs], in the basis that the target runs in."""

    def __init__(self, weight):
        self.weight = weight

    def __call__(self, x):
        return F.linear(self.rounded(x), self.weight)

    def rounded(self, x):
        """What the engine multiplies in place of `x` [..., inputs]."""
        return x


class StepLinear(Linear):
    """Reads a norm: its inputs in 8 bits of `step`, and the last `large` ones as they are."""

    def __init__(self, weight, step, large):
        super().__init__(weight)
        self.step, self.large = step, large

    def rounded(self, x):
        small, large = x.split((x.shape[-1] - self.large, self.large), dim=-1)
        return torch.cat(((small / self.step).round_().clamp_(-128, 127).mul_(self.step), large), dim=-1)


class BlockLinear(Linear):
    """Writes into the residual stream: each `block` of its inputs in 8 bits of their largest."""

    def __init__(self, weight, block):
        super().__init__(weight)
        self.block = block

    def rounded(self, x):
        inputs = x.shape[-1]
        blocks = F.pad(x, (0, -inputs % self.block)).unflatten(-1, (-1, self.block))
        low, high = blocks.aminmax(dim=-1, keepdim=True)
        step = torch.maximum(high, -low).div_(127).clamp_min_(torch.finfo(x.dtype).tiny)
        return (blocks / step).round_().mul_(step).flatten(-2)[..., :inputs]


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
        c, layers = self.config, range(self.config.layers)
        inputs = {"qkv": c.hidden, "o": c.heads * c.head_dim, "gateUp": c.hidden, "down": c.feed_forward}
        #: [hidden, hidden]: a row x of the residual stream runs as x R; none where it runs as it is.
        self.rotation = self.tensor("rotation") if "rotation" in self._entries else None
        self.embedding = self._embedding()
        self.linears = [
            {part: self._linear(f"layer.{i}.{part}", width) for part, width in inputs.items()} for i in layers
        ]
        self.head = self._linear("head", c.hidden)
        self.input_norms = [self._norm(f"model.layers.{i}.input_layernorm.weight") for i in layers]
        self.attention_norms = [self._norm(f"model.layers.{i}.post_attention_layernorm.weight") for i in layers]
        self.head_norm = self._norm("model.norm.weight")
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
        match self.description["index"]["embedding"]:
            case "f32":
                return self.tensor("embedding")
            case "q8":
                return self._blocks("embedding")

    def _blocks(self, name):
        """Rows that are stored in blocks of 8 bits, the last block filled up."""
        return ((self.tensor(name).float() - 128) * self.tensor(f"{name}.scales").unsqueeze(-1)).flatten(1)

    def _norm(self, name):
        """The weight of a norm where the target runs: in a turned basis it is in the layers that read the norm."""
        return self.tensor(name if self.rotation is None else "norm.plain")

    def _linear(self, name, inputs):
        segments = self.description["index"]["linears"][name]
        match [segment["kind"] for segment in segments]:
            case ["int8"]:
                weight = (self.tensor(name).float() * self.tensor(f"{name}.scales")).t().contiguous()
                large = self.tensor(f"{name}.large")
                weight[:, -len(large) :] = large.t()
                return StepLinear(weight, self.tensor(f"{name}.step"), len(large))
            case ["q8"]:
                weight = self._blocks(f"{name}#0")
                block = self._entries[f"{name}#0"]["dims"][-1]
                return BlockLinear(weight[:, :inputs].contiguous(), block)
            case ["f32"]:
                key = f"{name}#0"
                return Linear(self.tensor(key).t().contiguous() if key in self._entries else self.embedding)
            case kinds:
                raise UserError(f"Weights of the kind {', '.join(kinds)} are not trained on. Use int8 or fp32.")

    def layer_weights(self, index):
        """A decoder layer's weights in the model's own basis, by their names in it, as Hugging Face calls them."""
        c = self.config
        weights = {part: linear.weight for part, linear in self.linears[index].items()}
        reading = {part: self._turned_back(weights[part]) for part in ("qkv", "gateUp")}
        writing = {part: self._turned_back(weights[part].t()).t().contiguous() for part in ("o", "down")}
        query, key, value = reading["qkv"].split(
            (c.heads * c.head_dim, c.kv_heads * c.head_dim, c.kv_heads * c.head_dim)
        )
        gate, up = reading["gateUp"].chunk(2)
        return {
            "input_layernorm.weight": self.input_norms[index],
            "self_attn.q_proj.weight": query,
            "self_attn.k_proj.weight": key,
            "self_attn.v_proj.weight": value,
            "self_attn.o_proj.weight": writing["o"],
            "post_attention_layernorm.weight": self.attention_norms[index],
            "mlp.gate_proj.weight": gate,
            "mlp.up_proj.weight": up,
            "mlp.down_proj.weight": writing["down"],
        }

    @functools.cached_property
    def projection(self):
        """What makes scores of `normed` states, [vocabulary, hidden]: the head without the rounding of its inputs."""
        if self.config.tied_head:
            return self.embedding
        if self.rotation is None:
            return self.head.weight
        # The final norm's weight is in the head's. Where it is zero, so are the states.
        weight = self._turned_back(self.head.weight)
        return torch.where(self.final_norm == 0, 0, weight / self.final_norm)

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
        x = self._turned(self.embedding[tokens])
        for i, linears in enumerate(self.linears):
            packed = linears["qkv"](rms_norm(x, self.input_norms[i], c.epsilon))
            packed = packed.view(batch, length, c.heads + 2 * c.kv_heads, c.head_dim).transpose(1, 2)
            query_key, value = packed.split((c.heads + c.kv_heads, c.kv_heads), dim=1)
            query, key = rotate(query_key, cos, sin).split((c.heads, c.kv_heads), dim=1)
            attended = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
            x = x + linears["o"](attended.transpose(1, 2).reshape(batch, length, -1))
            gate, up = linears["gateUp"](rms_norm(x, self.attention_norms[i], c.epsilon)).chunk(2, dim=-1)
            x = x + linears["down"](F.silu(gate) * up)
        return self._turned_back(x)

    def normed(self, state):
        """`state` after the final norm."""
        return rms_norm(state, self.final_norm, self.config.epsilon)

    def logits(self, state):
        """The scores of all tokens, [..., vocabulary], after `state` [..., hidden], as the engine computes them."""
        return self.head(rms_norm(self._turned(state), self.head_norm, self.config.epsilon))

    def _turned(self, rows):
        """`rows` [..., hidden] of the model's own basis in the one that the target runs in."""
        return rows if self.rotation is None else rows @ self.rotation

    def _turned_back(self, rows):
        return rows if self.rotation is None else rows @ self.rotation.t()


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
    lacking = [name for name in DESCRIBED if name not in description]
    if lacking:
        raise UserError(f"{file} lacks {', '.join(lacking)}. Run `draft-heads describe` again.")
    try:
        return Target(description)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        # A name that is missing further in, or numbers that are not of these weights.
        raise UserError(
            f"{file} does not describe a target that can be read here ({type(error).__name__}: {error}). "
            "Run `draft-heads describe` again."
        ) from error
