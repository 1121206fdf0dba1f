"""Keeps test questions out of training data."""

import json
import pathlib
import re

from .errors import UserError

#: As many words in a row in common with a question make a document a near-duplicate.
WORDS = 8


def words(text):
    return re.findall(r"\w+", text.lower())


def grams(sequence, size):
    return (" ".join(sequence[i : i + size]) for i in range(len(sequence) - size + 1))


class Questions:
    """Texts that must not be trained on, from lines of JSON with `turns` (Spec-Bench's format)."""

    def __init__(self, file):
        self.by_size = {}
        try:
            lines = pathlib.Path(file).read_text(encoding="utf-8").splitlines()
            turns = [turn for line in lines if line.strip() for turn in json.loads(line)["turns"]]
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{file} is not a file of questions: {error}. Give lines of JSON with turns.") from error
        for turn in turns:
            sequence = words(turn)
            # A shorter question counts when it is there as a whole.
            size = min(WORDS, len(sequence))
            self.by_size.setdefault(size, set()).update(grams(sequence, size))

    def overlap(self, text):
        """Whether `text` has a run of words in common with a question."""
        sequence = words(text)
        return any(not known.isdisjoint(grams(sequence, size)) for size, known in self.by_size.items())
