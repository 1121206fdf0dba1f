"""The parts of a Llama decoder, shared by the target and by the heads that have layers of its shape."""

import torch
from torch import nn
from torch.nn import functional as F


def rms_norm(x, weight, epsilon):
    """`x` [..., h] by its root mean square, times `weight` [h], in the precision of `weight`."""
    return F.rms_norm(x.to(weight.dtype), weight.shape, weight, epsilon)


class RmsNorm(nn.Module):
    def __init__(self, width, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        return rms_norm(x, self.weight, self.epsilon)


def rotate(x, cos, sin):
    """Rotary embedding of `x` [..., d], halves rotated against each other; `cos` and `sin` [..., d / 2]."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


class DecoderLayer(nn.Module):
    """One Llama layer. Names of the weights are Hugging Face's, so that a layer's state is a checkpoint's part."""

    def __init__(self, config, input_norm=True):
        super().__init__()
        h, d = config.hidden, config.head_dim
        self.heads, self.kv_heads, self.head_dim = config.heads, config.kv_heads, d
        self.input_layernorm = RmsNorm(h, config.epsilon) if input_norm else nn.Identity()
        self.self_attn = nn.ModuleDict(
            {
                "q_proj": nn.Linear(h, config.heads * d, bias=False),
                "k_proj": nn.Linear(h, config.kv_heads * d, bias=False),
                "v_proj": nn.Linear(h, config.kv_heads * d, bias=False),
                "o_proj": nn.Linear(config.heads * d, h, bias=False),
            }
        )
        self.post_attention_layernorm = RmsNorm(h, config.epsilon)
        self.mlp = nn.ModuleDict(
            {
                "gate_proj": nn.Linear(h, config.feed_forward, bias=False),
                "up_proj": nn.Linear(h, config.feed_forward, bias=False),
                "down_proj": nn.Linear(config.feed_forward, h, bias=False),
            }
        )

    def forward(self, x, cos, sin, mask):
        """`x` [B, T, h], `cos` and `sin` [T, d / 2], `mask` [1, 1, T, T] true where a row may look."""
        return self.extend(x[None], [(cos, sin)], mask)

    def extend(self, levels, positions, mask):
        """The last of several inputs of equal shape, which looks at the keys of all of them, side by side.

        levels: [L, B, T, h]
        positions: cosines and sines, [T, d / 2] each, for every level
        mask: [1, 1, T, L * T] true where a row may look
        """
        x = levels[-1]
        normed = [self.input_layernorm(level) for level in levels]
        query = self._heads("q_proj", normed[-1], self.heads, positions[-1])
        keys = [self._heads("k_proj", level, self.kv_heads, at) for level, at in zip(normed, positions)]
        values = [self._heads("v_proj", level, self.kv_heads) for level in normed]
        attended = F.scaled_dot_product_attention(
            query, torch.cat(keys, dim=2), torch.cat(values, dim=2), attn_mask=mask, enable_gqa=True
        )
        x = x + self.self_attn["o_proj"](attended.transpose(1, 2).flatten(2))
        normed = self.post_attention_layernorm(x)
        gated = F.silu(self.mlp["gate_proj"](normed)) * self.mlp["up_proj"](normed)
        return x + self.mlp["down_proj"](gated)

    def _heads(self, name, x, count, position=None):
        """The projection of `x` [B, T, h] as [B, heads, T, d], rotated where a position is given."""
        projected = self.self_attn[name](x).unflatten(-1, (count, self.head_dim)).transpose(1, 2)
        return projected if position is None else rotate(projected, *position)
