"""What every head is to the trainer.

Level k of a head, at position t of a text, guesses token t + 2 + k: the target has read the tokens up to t, and its
next token, t + 1, is known. So level k knows the tokens up to t + 1 + k, and its guess stands in for what the target
would say at position t + 1 + k.
"""

import dataclasses

import torch
from torch import nn


@dataclasses.dataclass(frozen=True)
class Loss:
    """Level k counts `decay ** k`; its loss is `feature` times the distance of its output from the target's state
    after the final norm (smooth L1), plus `token` times the cross-entropy to the target's law."""

    decay: float
    feature: float
    token: float


@dataclasses.dataclass(frozen=True)
class Inputs:
    """What heads read, [B, T, hidden] each."""

    #: The target's last states, before and after the final norm.
    states: torch.Tensor
    normed: torch.Tensor
    #: The tokens' embeddings.
    embeddings: torch.Tensor
    #: The tokens themselves, [B, T].
    tokens: torch.Tensor
    #: For noise, in training alone.
    generator: torch.Generator | None = None

    def following(self, k):
        """The embedding of token t + 1 + k at position t; zeros past the text's end."""
        shift = min(1 + k, self.embeddings.shape[1])
        return nn.functional.pad(self.embeddings[:, shift:], (0, 0, 0, shift))


class Head(nn.Module):
    """A head's `forward(inputs)` returns, for each level, what the vocabulary projection is to read: [B, T, hidden]."""

    name: str
    levels: int
    loss: Loss
    #: Whether level k reads the head's own output of level k - 1, so that training sees level 0 alone.
    autoregressive = False

    def __init__(self, target):
        super().__init__()
        self.config = target.config
        # Not parameters: they stay the target's.
        self.rotary = (target.cos, target.sin)

    def positions(self, length, start=0):
        cos, sin = self.rotary
        return cos[start : start + length], sin[start : start + length]


def near_identity(linear, spread=0.01, first=0):
    """Starts `linear` so that the inputs from `first` on come out, nearly: the identity there, and noise of `spread`.

    Remembers where, since 8 bits that hold a one beside small weights hold nothing of those (`parts.py`).
    """
    with torch.no_grad():
        nn.init.uniform_(linear.weight, -spread, spread)
        linear.weight += identity_at(linear, first)
        if linear.bias is not None:
            linear.bias.zero_()
    linear.identity = first


def identity_at(linear, first):
    """The identity among the weights [rows, inputs] of `linear`, from the input `first` on."""
    rows, inputs = linear.weight.shape
    return nn.functional.pad(torch.eye(rows), (first, inputs - first - rows))


def start_layer(layer, target, index):
    """Makes `layer` the target's decoder layer `index`, but silent: what it would add to the residual is zero, so a
    head starts by handing on what it reads, and finds the layer's own features when it begins to speak."""
    weights = target.layer_weights(index)
    kept = {name: weights[name] for name in layer.state_dict()}
    layer.load_state_dict(kept)
    nn.init.zeros_(layer.self_attn["o_proj"].weight)
    nn.init.zeros_(layer.mlp["down_proj"].weight)


def causal(length):
    return torch.ones(length, length, dtype=torch.bool).tril()[None, None]
