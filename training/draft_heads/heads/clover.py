"""Clover (Xiao et al. 2024): an augmenting block over the text, then one recurrent cell for all guesses."""

from torch import nn

from ..layers import DecoderLayer, RmsNorm
from .cell import AttentionDecoder
from .head import Head, Loss, causal, start_layer
from .medusa import ResidualBlock


class Clover(Head):
    name = "clover"
    levels = 5
    loss = Loss(decay=0.7, feature=0, token=1)

    def __init__(self, target):
        super().__init__(target)
        c = self.config
        self.layers = nn.ModuleList([DecoderLayer(c)])
        start_layer(self.layers[0], target, c.layers - 1)
        # With the target's own norm the block's output is at first what the vocabulary projection reads.
        self.norm = RmsNorm(c.hidden, c.epsilon)
        self.norm.weight.data.copy_(target.final_norm)
        self.cell = AttentionDecoder(c)
        self.blocks = nn.ModuleList(ResidualBlock(c.hidden) for _ in range(self.levels))

    def forward(self, inputs):
        length = inputs.states.shape[1]
        state = self.norm(self.layers[0](inputs.states, *self.positions(length), causal(length)))
        outputs = []
        for k, block in enumerate(self.blocks):
            state = self.cell(state, inputs.following(k))
            outputs.append(block(state))
        return outputs
