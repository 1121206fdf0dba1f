"""The training data as batches: the same ones for every head, and for every run of one seed.

A batch depends on the seed and its number alone, so a run that goes on at step n needs no random state to see what it
would have seen.
"""

import dataclasses
import hashlib
import pathlib
import random

import numpy
import torch

from .errors import UserError
from .generate import read_shard, shard_files
from .prompts import ASSISTANT
from .states import read_states, state_file

#: One text in so many is kept for validation.
VALIDATION = 32
#: Texts among which like lengths are looked for, so that batches hold little padding.
POOL = 256


@dataclasses.dataclass(frozen=True)
class Text:
    tokens: torch.Tensor
    #: Whether a token was the assistant's: those are what drafts are of.
    wanted: torch.Tensor
    #: fp16 [tokens, hidden], before the final norm.
    states: numpy.ndarray


@dataclasses.dataclass(frozen=True)
class Batch:
    """Texts padded at their ends: `tokens` and `wanted` [B, T], `states` [B, T, hidden] before the final norm."""

    tokens: torch.Tensor
    wanted: torch.Tensor
    states: torch.Tensor


class Data:
    """The texts of some shards of a folder; without their names, of all that have states by now."""

    def __init__(self, folder, names=None):
        files = shard_files(folder) if names is None else [pathlib.Path(folder) / name for name in names]
        files = [file for file in files if names is not None or state_file(file).exists()]
        if not files:
            raise UserError(f"{folder} holds no text with states. Run `draft-heads text` and `draft-heads states`.")
        self.names = [file.name for file in files]
        digest = hashlib.sha256()
        texts = []
        for file in files:
            shard, states = read_shard(file), read_states(file)
            if len(states) != sum(len(tokens) for tokens, _ in shard):
                raise UserError(f"{state_file(file)} belongs to another text. Delete it and run `draft-heads states`.")
            start = 0
            for tokens, roles in shard:
                digest.update(tokens.tobytes())
                rows = states[start : start + len(tokens)]
                start += len(tokens)
                texts.append(
                    Text(torch.from_numpy(tokens.astype(numpy.int64)), torch.from_numpy(roles == ASSISTANT), rows)
                )
        self.sha256 = digest.hexdigest()
        self.tokens = sum(len(text.tokens) for text in texts)
        self.validation = texts[::VALIDATION]
        self.training = [text for i, text in enumerate(texts) if i % VALIDATION]

    def counts(self, vocabulary):
        """How often the assistant writes each token in the training texts, [vocabulary]."""
        counts = torch.zeros(vocabulary, dtype=torch.long)
        for text in self.training:
            counts += torch.bincount(text.tokens[text.wanted], minlength=vocabulary)
        return counts

    def batches(self, seed, epoch, size):
        """The training texts in the order of an epoch, as lists of texts of at most `size` tokens once padded."""
        order = random.Random(f"{seed}/{epoch}")
        texts = self.training.copy()
        order.shuffle(texts)
        groups = []
        for start in range(0, len(texts), POOL):
            groups += grouped(sorted(texts[start : start + POOL], key=lambda text: len(text.tokens)), size)
        order.shuffle(groups)
        return groups


def grouped(texts, size):
    """`texts`, shortest first, in groups of at most `size` tokens once padded; a longer text is alone."""
    groups = [[]]
    for text in texts:
        if groups[-1] and (len(groups[-1]) + 1) * len(text.tokens) > size:
            groups.append([])
        groups[-1].append(text)
    return groups


def collate(texts):
    pad = torch.nn.utils.rnn.pad_sequence
    return Batch(
        tokens=pad([text.tokens for text in texts], batch_first=True),
        wanted=pad([text.wanted for text in texts], batch_first=True),
        states=pad([torch.from_numpy(text.states.astype(numpy.float32)) for text in texts], batch_first=True),
    )


def draft_vocabulary(counts, coverage):
    """The fewest tokens that make up `coverage` of what is counted, most frequent first, a multiple of 64."""
    order = counts.argsort(descending=True, stable=True)
    share = counts[order].cumsum(0) / counts.sum()
    needed = int((share < coverage).sum()) + 1
    return order[: min(-(-needed // 64) * 64, len(counts))]
