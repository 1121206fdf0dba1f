"""EAGLE-1 (Li et al. 2024): one decoder layer that guesses the target's next state, and reads its own guesses."""

import torch
from torch import nn

from ..layers import DecoderLayer
from .head import Head, Loss, causal, near_identity, start_layer

#: Width of the uniform noise on the states in training, for a text of 512 tokens; the released trainer's.
NOISE, NOISE_LENGTH = 0.2, 512


class Eagle(Head):
    name = "eagle"
    levels = 5
    loss = Loss(decay=1, feature=1, token=0.1)
    autoregressive = True

    def __init__(self, target):
        super().__init__(target)
        c = self.config
        self.fc = nn.Linear(2 * c.hidden, c.hidden, bias=False)
        near_identity(self.fc, first=c.hidden)
        # As in the released heads, the layer reads what `fc` writes without a norm.
        self.layers = nn.ModuleList([DecoderLayer(c, input_norm=False)])
        start_layer(self.layers[0], target, c.layers - 1)

    def forward(self, inputs):
        """Level 0 alone when it is trained, as published; otherwise each level reads the state that it guessed."""
        features = inputs.normed
        length = features.shape[1]
        if inputs.generator is not None:
            spread = NOISE * NOISE_LENGTH / length
            noise = torch.rand(features.shape, generator=inputs.generator)
            return [self.guess(features + (noise - 0.5) * spread, inputs, 0, [])]
        outputs, earlier = [], []
        for k in range(self.levels):
            features = self.guess(features, inputs, k, earlier)
            outputs.append(features)
        return outputs

    def guess(self, features, inputs, k, earlier):
        """The states that follow `features`, which stand at positions t + k. A later level looks at the text's
        states up to t, and at its own guesses from t on, which `earlier` gathers."""
        read = self.fc(torch.cat((inputs.following(k), features), dim=-1))
        length = read.shape[1]
        earlier.append(read)
        # Keys of all levels side by side: of the text's a row sees those up to it, of guesses its own column alone.
        own = torch.eye(length, dtype=torch.bool)[None, None]
        mask = torch.cat([causal(length)] + [own] * k, dim=-1)
        positions = [self.positions(length, start=level) for level in range(k + 1)]
        return self.layers[0].extend(torch.stack(earlier), positions, mask)
