"""The command line: `draft-heads text`, and what comes after it."""

import argparse
import sys

import torch

from .errors import UserError
from .generate import generate
from .target import load_target


def main(arguments=None):
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    parser = argparse.ArgumentParser("draft-heads", description="Trains drafter heads for a target.")
    commands = parser.add_subparsers(required=True)
    text = commands.add_parser("text", help="have the target write training text")
    text.add_argument("--target", required=True)
    text.add_argument("--out", required=True)
    text.add_argument("--tokens", type=int, default=1_000_000)
    text.add_argument("--seed", type=int, default=1)
    text.add_argument("--exclude", required=True)
    text.add_argument("--part", default="1/1")
    text.set_defaults(run=run_text)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except UserError as error:
        print(f"draft-heads: {error}", file=sys.stderr)
        return 1
    return 0


def run_text(options):
    i, n = (int(number) for number in options.part.split("/"))
    generate(load_target(options.target), options.out, options.tokens, options.seed, options.exclude, (i - 1, n))


if __name__ == "__main__":
    sys.exit(main())
