"""One trainer for all heads: equal data, equal steps, and a run that was killed goes on as if it had not been."""

import dataclasses
import itertools
import math
import pathlib
import pickle

import torch
from torch.nn import functional as F

from .data import Data, collate, draft_vocabulary, grouped
from .errors import UserError
from .files import claim_folder, read_json, write_json, write_whole
from .heads import HEADS
from .heads.head import Inputs
from .metrics import Metrics
from .progress import Progress

BETAS = (0.9, 0.95)
WEIGHT_DECAY = 0.01
WARM_UP = 0.05
#: Where the cosine ends, as a part of the highest learning rate.
LAST_RATE = 0.1
CLIP = 0.5


@dataclasses.dataclass(frozen=True)
class Settings:
    """What decides a run's numbers. Runs of the same settings, but for the head, see the same batches."""

    head: str
    steps: int
    seed: int
    learning_rate: float
    #: Tokens in a batch, padding included.
    batch: int
    #: Positions of a batch whose laws over the draft vocabulary are compared; the states are at all of them.
    law_positions: int
    coverage: float
    checkpoint_every: int


def settings_of(folder):
    """The settings that a run was started with, and the names of its shards."""
    found = read_json(pathlib.Path(folder) / "settings.json")
    return Settings(**{field.name: found[field.name] for field in dataclasses.fields(Settings)}), found["shards"]


class Teacher:
    """What the target gives to a head's training: embeddings, final states, and its laws over the draft vocabulary."""

    def __init__(self, target, vocabulary):
        self.target = target
        self.vocabulary = vocabulary
        self.projection = target.head.weight[vocabulary].contiguous()

    def inputs(self, batch, generator=None):
        normed = self.target.normed(batch.states)
        return Inputs(batch.states, normed, self.target.embedding[batch.tokens], batch.tokens, generator)


def train(target, data_folder, folder, settings, shards=None):
    """Trains one head into `folder`, or goes on where an earlier run of the same settings ended.

    shards: the names of those to learn from; by default all that have states

    Returns the head and its teacher.
    """
    folder = pathlib.Path(folder)
    data = Data(data_folder, shards)
    decides = {**dataclasses.asdict(settings), "target": target.sha256(), "data": data.sha256}
    claim_folder(folder, decides, notes={"shards": data.names, "tokens": data.tokens})
    vocabulary = draft_vocabulary(data.counts(target.config.vocabulary), settings.coverage)
    teacher = Teacher(target, vocabulary)
    torch.manual_seed(settings.seed)
    head = HEADS[settings.head](target)
    optimiser = torch.optim.AdamW(head.parameters(), lr=settings.learning_rate, betas=BETAS, weight_decay=WEIGHT_DECAY)
    checkpoint = folder / "checkpoint.pt"
    start = load_checkpoint(checkpoint, head, optimiser)
    metrics = Metrics(folder / "metrics.jsonl", start)
    progress = Progress(settings.head, settings.steps, unit="steps", done=start)
    with torch.enable_grad():
        for step, texts in itertools.islice(batches(data, settings), start, settings.steps):
            generator = torch.Generator().manual_seed(settings.seed * 2**32 + step)
            losses = step_losses(head, teacher, collate(texts), settings.law_positions, generator, head.loss)
            rate = learning_rate(step, settings)
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.zero_grad()
            sum(losses.values()).backward()
            norm = torch.nn.utils.clip_grad_norm_(head.parameters(), CLIP)
            optimiser.step()
            metrics.add({"step": step, "rate": rate, "norm": norm.item(), **{k: v.item() for k, v in losses.items()}})
            done = step + 1
            if done % settings.checkpoint_every == 0 or done == settings.steps:
                metrics.flush()
                save_checkpoint(checkpoint, head, optimiser, done)
                progress.report(done, f"loss {metrics.recent():.4f}")
    metrics.plot(folder / "metrics.svg", settings.head)
    write_json(folder / "hits.json", validate(head, teacher, data, settings.batch))
    return head, teacher


def batches(data, settings):
    """(step, texts) without end."""
    groups = (group for epoch in itertools.count() for group in data.batches(settings.seed, epoch, settings.batch))
    return enumerate(groups)


def learning_rate(step, settings):
    warm_up = max(1, round(WARM_UP * settings.steps))
    if step < warm_up:
        return settings.learning_rate * (step + 1) / warm_up
    part = (step - warm_up) / max(1, settings.steps - warm_up)
    return settings.learning_rate * (LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * part)))


def step_losses(head, teacher, batch, law_positions, generator, weights):
    """The weighted losses of a batch by name: `feature.k` and `token.k` for level k."""
    inputs = teacher.inputs(batch, generator)
    # A position whose next token is the assistant's: what a level stands in for.
    wanted = F.pad(batch.wanted[:, 1:], (0, 1))
    chosen = wanted.nonzero()
    chosen = chosen[torch.randperm(len(chosen), generator=generator)[:law_positions]]
    laws = (inputs.normed[chosen[:, 0], chosen[:, 1]] @ teacher.projection.t()).softmax(dim=-1)
    losses = {}
    for k, output in enumerate(head(inputs)):
        ahead = 1 + k
        weight = weights.decay**k
        if weights.feature:
            rows, at = wanted[:, ahead:].nonzero(as_tuple=True)
            distance = F.smooth_l1_loss(output[rows, at], inputs.normed[rows, at + ahead])
            losses[f"feature.{k}"] = weight * weights.feature * distance
        known = chosen[:, 1] >= ahead
        rows, at = chosen[known].unbind(dim=1)
        logits = output[rows, at - ahead] @ teacher.projection.t()
        losses[f"token.{k}"] = weight * weights.token * F.cross_entropy(logits, laws[known])
    return losses


def validate(head, teacher, data, size):
    """How often a level's most probable tokens hold the target's most probable one, along the validation texts.

    Counted where all levels before had it as their first: `rate[k][r]`, with one more rank each.
    """
    ranks = 4
    hits = torch.zeros(head.levels, ranks, dtype=torch.long)
    tries = torch.zeros(head.levels, dtype=torch.long)
    head.eval()
    for group in grouped(sorted(data.validation, key=lambda text: len(text.tokens)), size):
        batch = collate(group)
        inputs = teacher.inputs(batch)
        wanted = F.pad(batch.wanted[:, 1:], (0, 1))
        best = torch.zeros_like(batch.tokens)
        best[wanted] = teacher.target.head(inputs.normed[wanted]).argmax(dim=-1)
        alive = torch.ones_like(wanted)
        with torch.no_grad():
            for k, output in enumerate(head(inputs)):
                ahead = 1 + k
                alive = alive[:, : wanted.shape[1] - ahead] & wanted[:, ahead:]
                rows, at = alive.nonzero(as_tuple=True)
                logits = output[rows, at] @ teacher.projection.t()
                guesses = teacher.vocabulary[logits.topk(ranks).indices]
                found = (guesses == best[rows, at + ahead, None]).cumsum(dim=1) > 0
                hits[k] += found.sum(dim=0)
                tries[k] += len(rows)
                # The text must have gone on so, or the next level would read a token that was not guessed.
                followed = found[:, 0] & (batch.tokens[rows, at + ahead + 1] == guesses[:, 0])
                alive[rows, at] = followed
    head.train()
    return {"ranks": ranks, "tries": tries.tolist(), "rate": (hits / tries.clamp(min=1)[:, None]).tolist()}


def save_checkpoint(file, head, optimiser, step):
    state = {"step": step, "head": head.state_dict(), "optimiser": optimiser.state_dict()}
    write_whole(file, lambda partial: torch.save(state, partial))


def load_checkpoint(file, head, optimiser):
    """Restores what `save_checkpoint` saved. Returns the number of steps done, 0 without a checkpoint."""
    if not file.exists():
        return 0
    try:
        state = torch.load(file, weights_only=True)
        head.load_state_dict(state["head"])
        optimiser.load_state_dict(state["optimiser"])
        return state["step"]
    except (OSError, RuntimeError, KeyError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise UserError(f"{file} is damaged ({error}). Delete it to train from the start.") from error
