"""The attention decoder of Clover and Clover-2: a state meets the one token that was guessed last."""

from torch import nn

from ..layers import RmsNorm
from .head import near_identity


class AttentionDecoder(nn.Module):
    """`x + s v`, where `s` is, for each head, the cosine of `Wq norm(x)` and `Wk y`, and `v = Wv y`.

    One token leaves nothing to weigh, so there is no softmax: the cosine itself is the gate.
    """

    def __init__(self, config):
        super().__init__()
        h = config.hidden
        self.heads = config.heads
        self.norm = RmsNorm(h, config.epsilon)
        self.query, self.key, self.value = nn.Linear(h, h), nn.Linear(h, h), nn.Linear(h, h)
        near_identity(self.query)
        near_identity(self.key)
        nn.init.uniform_(self.value.weight, 0, 0.01)
        nn.init.zeros_(self.value.bias)

    def forward(self, x, y):
        """`x` and `y` [..., hidden]."""
        split = (*x.shape[:-1], self.heads, -1)
        query, key = self.query(self.norm(x)).view(split), self.key(y).view(split)
        gate = nn.functional.cosine_similarity(query, key, dim=-1).unsqueeze(-1)
        return x + (gate * self.value(y).view(split)).view(x.shape)
