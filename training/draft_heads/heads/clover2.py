"""Clover-2 (Xiao et al. 2024): a token meets the state before the block too, and outputs learn the target's states.

Departs from the released code in its starts, so that the first output is the target's state: there both norms begin as
the target's final norm, which applies its weight twice, and here `norm` begins without a weight; there both layers begin
as copies of the target's last one, and here what those add begins at zero; and the noise beside the identity lies on
both sides of 0.
"""

import torch
from torch import nn

from ..layers import DecoderLayer, RmsNorm
from .cell import AttentionDecoder
from .head import Head, Loss, causal, near_identity, start_layer


class Clover2(Head):
    name = "clover2"
    levels = 5
    loss = Loss(decay=0.7, feature=10, token=1)

    def __init__(self, target):
        super().__init__(target)
        c = self.config
        self.first_cell, self.cell = AttentionDecoder(c), AttentionDecoder(c)
        self.layers = nn.ModuleList([DecoderLayer(c), DecoderLayer(c)])
        for layer in self.layers:
            start_layer(layer, target, c.layers - 1)
        self.norm = RmsNorm(c.hidden, c.epsilon)
        self.head_norm = RmsNorm(c.hidden, c.epsilon)
        self.head_norm.weight.data.copy_(target.final_norm)
        self.first_projector, self.projector = nn.Linear(c.hidden, c.hidden), nn.Linear(2 * c.hidden, c.hidden)
        near_identity(self.first_projector)
        near_identity(self.projector)

    def forward(self, inputs):
        length = inputs.states.shape[1]
        state = self.first_cell(inputs.states, inputs.following(0))
        for layer in self.layers:
            state = layer(state, *self.positions(length), causal(length))
        state = self.norm(state)
        outputs = [self.head_norm(self.first_projector(state))]
        for k in range(1, self.levels):
            token = inputs.following(k)
            state = self.cell(state, token)
            outputs.append(self.head_norm(self.projector(torch.cat((state, token), dim=-1))))
        return outputs
