"""The target writes its own training text: many conversations at a time, each with its own random numbers."""

import dataclasses
import pathlib
import random
import shutil
import zipfile

import numpy

from .batch import BatchDecoder
from .errors import UserError
from .files import claim_folder, claimed_folders, write_whole
from .overlap import Questions
from .progress import Progress
from .prompts import ASSISTANT, FORCED, Document, Sample, Write, script

#: Conversations in a shard.
SHARD = 16
#: Conversations at a time, and the longest one.
BATCH, CAPACITY = 64, 768
#: Tokens that are drawn from: the most probable ones.
TOP_K = 40


@dataclasses.dataclass(frozen=True)
class Text:
    """One document: token ids, and for each who wrote it (`prompts.FORCED`, `USER`, `ASSISTANT`)."""

    kind: str
    tokens: list
    roles: list


class Conversation:
    """A script while it is written. Its numbers depend on the seed and its index alone, not on its neighbours."""

    def __init__(self, index, seed, target):
        self.index, self.target = index, target
        self.random = random.Random(f"{seed}/{index}")
        self.kind, self.steps = script(self.random, target.description["chat"])
        self.texts, self.done = [], False
        self._begin()
        self._advance(None)

    @property
    def token(self):
        """What to feed next."""
        return self.tokens[self.fed]

    def feed(self, top_tokens, top_logits):
        """`token` has been fed; these may come after it, the most probable first. At the text's end one is drawn."""
        self.fed += 1
        if self.fed < len(self.tokens):
            return
        token = int(top_tokens[self._draw(top_logits)])
        self._append([token], self.step.role)
        ended = token in self.target.end_tokens
        if not ended:
            self.sampled.append(token)
        if ended or len(self.sampled) == self.step.limit:
            if ended or self.step.may_be_cut:
                self._advance(self.target.tokenizer.decode(self.sampled))
            else:
                self._end()

    def _draw(self, logits):
        if self.step.temperature == 0:
            return 0
        weights = numpy.exp((logits - logits[0]) / self.step.temperature)
        bound = self.random.random() * weights.sum()
        return min(int(numpy.searchsorted(weights.cumsum(), bound, side="right")), len(weights) - 1)

    def _advance(self, said):
        """Runs the script up to the next text that the target writes."""
        while True:
            try:
                step = self.steps.send(said)
            except StopIteration:
                return self._end()
            said = None
            match step:
                case Write(text):
                    ids = self.target.tokenizer.encode(text, add_special_tokens=False).ids
                    # The end token that the target has drawn is not written a second time.
                    if self.tokens and ids and self.tokens[-1] == ids[0] and ids[0] in self.target.end_tokens:
                        ids = ids[1:]
                    self._append(ids, FORCED)
                case Sample():
                    if len(self.tokens) + step.limit > CAPACITY:
                        return self._end()
                    self.step, self.sampled = step, []
                    return None
                case Document():
                    self._keep()
                    self._begin()

    def _begin(self):
        self.tokens, self.roles, self.fed = [], [], 0
        self._append(self.target.description["startTokens"], FORCED)

    def _append(self, ids, role):
        self.tokens.extend(ids)
        self.roles.extend([role] * len(ids))

    def _keep(self):
        if ASSISTANT in self.roles:
            self.texts.append(Text(self.kind, self.tokens, self.roles))

    def _end(self):
        self._keep()
        self.done = True


def generate(target, folder, tokens, seed, questions, part=(0, 1), given=None):
    """Writes shards of text into `folder` until there are `tokens` tokens or more.

    A shard holds the conversations of `SHARD` indices in a row and is written when all of them have ended. Only what
    is missing is written, so it can be ended at any time and started again.

    part: (i, n): every n-th shard, from the i-th one on, so that several processes share the work.
    given: a folder of folders of text; what the same target wrote there with the same seed is taken over.
    """
    if target.description["chat"] is None:
        raise UserError(f"{target.description['name']} has no chat template, so it cannot be asked for text.")
    folder = pathlib.Path(folder)
    settings = {"model": target.files, "seed": seed, "shard": SHARD}
    claim_folder(folder, settings)
    if given is not None:
        take_over(folder, given, settings)
    excluded = Questions(questions)
    decoder = BatchDecoder(target, BATCH, CAPACITY, TOP_K, threads=1)
    missing = missing_conversations(folder, part)
    slots, finished, dropped = [None] * BATCH, {}, 0
    progress = Progress("text", tokens, unit="tokens", done=count_tokens(folder))
    while progress.done < tokens:
        for i in range(BATCH):
            while slots[i] is None or slots[i].done:
                slots[i] = Conversation(next(missing), seed, target)
            if slots[i].fed == 0:
                decoder.clear(i)
        top_tokens, top_logits = decoder.step([conversation.token for conversation in slots])
        for conversation, *top in zip(slots, top_tokens, top_logits):
            conversation.feed(*top)
            if conversation.done:
                shard = finished.setdefault(conversation.index // SHARD, {})
                shard[conversation.index] = conversation.texts
                if len(shard) == SHARD:
                    whole = finished.pop(conversation.index // SHARD)
                    dropped += write_shard(folder, conversation.index // SHARD, whole, target, excluded)
                    progress.report(count_tokens(folder), f"{dropped} near-duplicates dropped")


def take_over(folder, given, settings):
    """Copies the shards that `folder` lacks from those folders in `given` that are of the same settings."""
    for source in claimed_folders(given, settings):
        for shard in shard_files(source):
            if not (folder / shard.name).exists():
                write_whole(folder / shard.name, lambda partial, shard=shard: shutil.copyfile(shard, partial))


def shard_file(folder, number):
    return pathlib.Path(folder) / f"text-{number:05}.npz"


def missing_conversations(folder, part):
    """The indices that are to be written, in order; there is no last one."""
    i, n = part
    number = i
    while True:
        if not shard_file(folder, number).exists():
            yield from range(number * SHARD, (number + 1) * SHARD)
        number += n


def write_shard(folder, number, conversations, target, excluded):
    """Writes the documents that share nothing with a test question. Returns how many were dropped."""
    texts = [text for index in sorted(conversations) for text in conversations[index]]
    kept = [text for text in texts if not excluded.overlap(target.tokenizer.decode(text.tokens))]
    arrays = {
        "tokens": numpy.array([token for text in kept for token in text.tokens], numpy.int32),
        "roles": numpy.array([role for text in kept for role in text.roles], numpy.uint8),
        "lengths": numpy.array([len(text.tokens) for text in kept], numpy.int32),
        "kinds": numpy.array([text.kind for text in kept]),
    }

    def write(partial):
        with open(partial, "wb") as file:
            numpy.savez_compressed(file, **arrays)

    write_whole(shard_file(folder, number), write)
    return len(texts) - len(kept)


def read_shard(file):
    """The documents of a shard: pairs of token ids and roles."""
    try:
        with numpy.load(file) as shard:
            ends = shard["lengths"].cumsum()[:-1]
            return list(zip(numpy.split(shard["tokens"], ends), numpy.split(shard["roles"], ends)))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{file} is damaged ({error}). Delete it and run `draft-heads text` again.") from error


def shard_files(folder):
    return sorted(pathlib.Path(folder).glob("text-*.npz"))


def count_tokens(folder):
    return sum(len(tokens) for file in shard_files(folder) for tokens, _ in read_shard(file))
