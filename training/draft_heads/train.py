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
from .files import claim_folder, kept, read_settings, write_whole
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
CHECKPOINT = "checkpoint.pt"
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}
#: Hits are counted up to this rank.
HIT_RANKS = 4


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
    #: Of the head's products, a key of `PRECISIONS`; sums, norms, laws and the optimiser are in fp32.
    precision: str


class Teacher:
    """What the target gives to a head's training: embeddings, final states, and its laws over the draft vocabulary."""

    def __init__(self, target, vocabulary):
        self.target = target
        self.vocabulary = vocabulary
        self.projection = target.projection[vocabulary].contiguous()

    def inputs(self, batch, generator=None):
        normed = self.target.normed(batch.states)
        return Inputs(batch.states, normed, self.target.embedding[batch.tokens], batch.tokens, generator)


@dataclasses.dataclass
class Run:
    """One head's training, in its folder."""

    folder: pathlib.Path
    settings: Settings
    data: Data
    teacher: Teacher
    head: torch.nn.Module
    optimiser: torch.optim.Optimizer
    #: Steps that the last checkpoint has seen.
    done: int
    #: What the card of the exported head that it began from says of that one's training; None where it began anew.
    earlier: dict | None

    @property
    def checkpoint(self):
        return self.folder / CHECKPOINT


def open_run(target, data_folder, folder, settings, shards=None, start=None):
    """Begins a run, or opens one of the same settings where it ended.

    shards: the names of those to learn from; by default all that have states
    start: the `ExportedHead` to begin from; by default the head's own start
    """
    folder = pathlib.Path(folder)
    data = Data(data_folder, shards)
    begun = {"started_from": None if start is None else start.sha256}
    decides = {**dataclasses.asdict(settings), "target": target.sha256(), "data": data.sha256, **begun}
    earlier = None if start is None else start.training
    claim_folder(folder, decides, notes={"shards": data.names, "tokens": data.tokens, "earlier": earlier})
    run = make_run(target, data, folder, settings, earlier)
    if start is not None and not run.checkpoint.exists():
        start.load_into(run.head)
        # From here on the run needs the other folder no more, which may be exported to.
        save_checkpoint(run.checkpoint, run.head, run.optimiser, run.done)
    return run


def make_run(target, data, folder, settings, earlier):
    """The run of a claimed folder, at its last checkpoint."""
    vocabulary = draft_vocabulary(data.counts(target.config.vocabulary), settings.coverage)
    torch.manual_seed(settings.seed)
    head = HEADS[settings.head](target)
    optimiser = torch.optim.AdamW(head.parameters(), lr=settings.learning_rate, betas=BETAS, weight_decay=WEIGHT_DECAY)
    done = load_checkpoint(folder / CHECKPOINT, head, optimiser)
    return Run(folder, settings, data, Teacher(target, vocabulary), head, optimiser, done, earlier)


def reopen_run(target, data_folder, folder):
    """Opens a run with the settings and the shards that it was begun with."""
    folder = pathlib.Path(folder)
    found = read_settings(folder)
    settings = kept_settings(found, folder)
    data = Data(data_folder, kept(found, "shards", list, folder))
    claim_folder(folder, {**dataclasses.asdict(settings), "target": target.sha256(), "data": data.sha256})
    run = make_run(target, data, folder, settings, found.get("earlier"))
    if run.earlier is not None and not run.checkpoint.exists():
        raise UserError(f"{folder} has not begun yet. Run `draft-heads train` with the same --from again.")
    return run


def kept_settings(found, folder):
    """The settings of a run among what its folder keeps; those of a version with fewer or other ones are refused."""
    known = {"head": HEADS, "precision": PRECISIONS}
    values = {}
    for field in dataclasses.fields(Settings):
        # JSON may have written a whole number without its point.
        kind = (int, float) if field.type is float else field.type
        values[field.name] = kept(found, field.name, kind, folder)
        if field.name in known and values[field.name] not in known[field.name]:
            raise UserError(
                f"{folder} was started with {field.name} {values[field.name]}, which this version of the training does "
                "not know. Go on with the version that began it, or use a new folder."
            )
    return Settings(**values)


def train(run):
    """Takes the steps that are left."""
    settings = run.settings
    metrics = Metrics(run.folder / "metrics.jsonl", run.done)
    progress = Progress(settings.head, settings.steps, unit="steps", done=run.done)
    for step, texts in itertools.islice(batches(run.data, settings), run.done, settings.steps):
        metrics.add({"step": step, **take_step(run, step, collate(texts))})
        run.done = step + 1
        if run.done % settings.checkpoint_every == 0 or run.done == settings.steps:
            metrics.flush()
            save_checkpoint(run.checkpoint, run.head, run.optimiser, run.done)
            progress.report(run.done, f"loss {metrics.recent():.4f}")
    metrics.plot(run.folder / "metrics.svg", settings.head)


def take_step(run, step, batch):
    """One step of the optimiser. Returns the rate, the gradient's norm and the losses by name."""
    head, settings = run.head, run.settings
    generator = torch.Generator().manual_seed(settings.seed * 2**32 + step)
    rate = learning_rate(step, settings)
    for group in run.optimiser.param_groups:
        group["lr"] = rate
    precision = torch.autocast("cpu", PRECISIONS[settings.precision], enabled=settings.precision != "fp32")
    with torch.enable_grad():
        with precision:
            losses = step_losses(head, run.teacher, batch, settings.law_positions, generator, head.loss)
        run.optimiser.zero_grad()
        sum(losses.values()).backward()
    norm = torch.nn.utils.clip_grad_norm_(head.parameters(), CLIP)
    run.optimiser.step()
    return {"rate": rate, "norm": norm.item(), **{name: loss.item() for name, loss in losses.items()}}


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
    with torch.autocast("cpu", enabled=False):
        laws = (inputs.normed[chosen[:, 0], chosen[:, 1]] @ teacher.projection.t()).softmax(dim=-1)
    losses = {}
    for k, output in enumerate(head(inputs)):
        ahead = 1 + k
        weight = weights.decay**k
        if weights.feature:
            rows, at = wanted[:, ahead:].nonzero(as_tuple=True)
            distance = F.smooth_l1_loss(output[rows, at].float(), inputs.normed[rows, at + ahead])
            losses[f"feature.{k}"] = weight * weights.feature * distance
        known = chosen[:, 1] >= ahead
        rows, at = chosen[known].unbind(dim=1)
        logits = output[rows, at - ahead] @ teacher.projection.t()
        losses[f"token.{k}"] = weight * weights.token * F.cross_entropy(logits.float(), laws[known])
    return losses


def hit_rates(run):
    """How often a level's most probable tokens hold the target's most probable one, along the validation texts.

    Counted where all levels before had it as their first. Returns the tries by level, and `rate[k][r]`: the part of
    level k's tries where the first r + 1 tokens held it.
    """
    head, teacher, ranks = run.head, run.teacher, HIT_RANKS
    hits = torch.zeros(head.levels, ranks, dtype=torch.long)
    tries = torch.zeros(head.levels, dtype=torch.long)
    for group in grouped(sorted(run.data.validation, key=lambda text: len(text.tokens)), run.settings.batch):
        batch = collate(group)
        inputs = teacher.inputs(batch)
        wanted = F.pad(batch.wanted[:, 1:], (0, 1))
        best = torch.zeros_like(batch.tokens)
        best[wanted] = teacher.target.logits(inputs.states[wanted]).argmax(dim=-1)
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
    return tries.tolist(), (hits / tries.clamp(min=1)[:, None]).tolist()


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
