"""Medusa (Cai et al. 2024): one residual block a level, each blind to what the others guess."""

from torch import nn

from .head import Head, Loss


class ResidualBlock(nn.Module):
    """`x + SiLU(W x + b)`, W zero at first."""

    def __init__(self, width):
        super().__init__()
        self.linear = nn.Linear(width, width)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + nn.functional.silu(self.linear(x))


class Medusa(Head):
    name = "medusa"
    levels = 5
    loss = Loss(decay=0.8, feature=0, token=1)

    def __init__(self, target):
        super().__init__(target)
        self.blocks = nn.ModuleList(ResidualBlock(self.config.hidden) for _ in range(self.levels))

    def forward(self, inputs):
        return [block(inputs.normed) for block in self.blocks]
