"""The heads, by name. Each is one file: its network, how it starts, and what its loss is made of."""

from .clover import Clover
from .clover2 import Clover2
from .draft_model import DraftModel
from .eagle import Eagle
from .hydra import Hydra
from .medusa import Medusa

HEADS = {head.name: head for head in (Medusa, Hydra, Clover, Clover2, Eagle, DraftModel)}
