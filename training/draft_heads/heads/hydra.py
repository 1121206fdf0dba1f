"""Hydra (Ankner et al. 2024): as Medusa, but each level also reads the embeddings of the tokens guessed before it."""

import torch
from torch import nn

from .head import Head, Loss, near_identity


class GroundedBlock(nn.Module):
    """`R x + SiLU(W x + b)` from `inputs` vectors down to one; at first the first of them."""

    def __init__(self, width, inputs):
        super().__init__()
        self.linear = nn.Linear(inputs * width, width)
        self.res_connection = nn.Linear(inputs * width, width)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        near_identity(self.res_connection, spread=0)

    def forward(self, x):
        return self.res_connection(x) + nn.functional.silu(self.linear(x))


class Hydra(Head):
    name = "hydra"
    #: As the released heads have.
    levels = 4
    loss = Loss(decay=0.8, feature=0, token=1)

    def __init__(self, target):
        super().__init__(target)
        self.blocks = nn.ModuleList(GroundedBlock(self.config.hidden, 2 + k) for k in range(self.levels))

    def forward(self, inputs):
        read, outputs = [inputs.normed], []
        for k, block in enumerate(self.blocks):
            read.append(inputs.following(k))
            outputs.append(block(torch.cat(read, dim=-1)))
        return outputs
