"""What the target thinks of the text: its last hidden states, from the weight form that decodes, once to disk.

Before the final norm, in fp16. Those after it, which some heads read, follow from them (`Target.normed`).
"""

import pathlib

import numpy
import torch

from .errors import UserError
from .files import claim_folder, write_whole
from .generate import read_shard, shard_files
from .progress import Progress

#: Tokens in one forward, padding included.
FORWARD = 4096


def state_file(text_file):
    """A folder of their own, since another conversion of the weights has other states for the same text."""
    folder = text_file.parent.with_name("states")
    return (folder / text_file.name.replace("text-", "states-")).with_suffix(".npy")


def write_states(target, folder, part=(0, 1)):
    """Writes the states of every shard of text in `folder` that has none yet: fp16 [tokens, hidden].

    part: (i, n): every n-th shard, from the i-th one on, so that several processes share the work.
    """
    i, n = part
    claim_folder(state_file(pathlib.Path(folder) / "text-").parent, {"target": target.sha256()})
    missing = [file for file in shard_files(folder)[i::n] if not state_file(file).exists()]
    progress = Progress("states", len(missing), unit="shards")
    for done, file in enumerate(missing, 1):
        texts = [torch.from_numpy(tokens.astype(numpy.int64)) for tokens, _ in read_shard(file)]
        states = numpy.concatenate(states_of(target, texts)).astype(numpy.float16)
        if not numpy.isfinite(states).all():
            raise UserError(f"The states of {file} do not fit in 16 bits. This target cannot be trained on.")

        def write(partial):
            with open(partial, "wb") as out:
                numpy.save(out, states)

        write_whole(state_file(file), write)
        progress.report(done)


def states_of(target, texts):
    """The states of each text, [tokens, hidden]; texts of like lengths share a forward."""
    found = [None] * len(texts)
    for group in by_length(texts):
        padded = torch.nn.utils.rnn.pad_sequence([texts[i] for i in group], batch_first=True)
        with torch.no_grad():
            states = target.states(padded)
        for i, rows in zip(group, states):
            found[i] = rows[: len(texts[i])].numpy()
    return found


def by_length(texts):
    """Indices of texts, in groups of at most `FORWARD` tokens once padded."""
    group = []
    for i in sorted(range(len(texts)), key=lambda i: len(texts[i])):
        if group and (len(group) + 1) * len(texts[i]) > FORWARD:
            yield group
            group = []
        group.append(i)
    if group:
        yield group


def read_states(text_file):
    """The states of a shard, fp16 [tokens, hidden], mapped into memory."""
    file = state_file(pathlib.Path(text_file))
    try:
        return numpy.load(file, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise UserError(f"{file} is damaged or missing ({error}). Run `draft-heads states` again.") from error
