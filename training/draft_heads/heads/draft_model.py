"""A draft model: some of the target's layers between its embeddings and its head, distilled."""

from torch import nn

from ..layers import DecoderLayer, RmsNorm
from .head import Head, Loss, causal

LAYERS = 4


class DraftModel(Head):
    name = "draft-model"
    levels = 1
    loss = Loss(decay=1, feature=10, token=1)

    def __init__(self, target):
        super().__init__(target)
        c = self.config
        self.layers = nn.ModuleList(DecoderLayer(c) for _ in range(min(LAYERS, c.layers)))
        for layer, index in zip(self.layers, taken_layers(c.layers)):
            layer.load_state_dict(target.layer_weights(index))
        self.norm = RmsNorm(c.hidden, c.epsilon)
        self.norm.weight.data.copy_(target.final_norm)

    def forward(self, inputs):
        state = inputs.embeddings
        length = state.shape[1]
        for layer in self.layers:
            state = layer(state, *self.positions(length), causal(length))
        # Its state at t + 1, which has read token t + 1, guesses token t + 2.
        return [nn.functional.pad(self.norm(state)[:, 1:], (0, 0, 0, 1))]


def taken_layers(layers):
    """The first ones, which make words of tokens, and the last one, which the head reads."""
    count = min(LAYERS, layers)
    return [*range(count - 1), layers - 1]
