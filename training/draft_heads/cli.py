"""The command line: the target writes text, its states are kept, heads learn from them, and are handed on."""

import argparse
import dataclasses
import json
import pathlib
import subprocess
import sys

import torch

from .errors import UserError
from .export import export_head, export_layers, export_model
from .exported import ExportedHead
from .files import SETTINGS, claim_folder, kept, read_json, read_settings, sweep, write_whole
from .generate import generate
from .heads import HEADS, DraftModel
from .states import write_states
from .target import load_target
from .train import PRECISIONS, Settings, open_run, reopen_run, train

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main(arguments=None):
    torch.set_grad_enabled(False)
    options = parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        options.run(options)
    except UserError as error:
        print(f"draft-heads: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("draft-heads: ended. The same command goes on from here.", file=sys.stderr)
        return 130
    return 0


def parser():
    whole = argparse.ArgumentParser("draft-heads", description="Trains drafter heads on text that the target writes.")
    commands = whole.add_subparsers(required=True, metavar="command")

    def command(name, run, help):
        added = commands.add_parser(name, help=help, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        added.add_argument("--folder", type=pathlib.Path, required=True, help="where everything of this target is kept")
        added.add_argument("--threads", type=positive, default=1, help="threads of this process")
        added.set_defaults(run=run)
        return added

    def about_target(added):
        added.add_argument("--model", default="default", help="the target, as for `draftscope --model`")
        added.add_argument("--weights", default="int8", choices=["int8", "fp32"], help="the form that it decodes in")

    def about_part(added):
        added.add_argument("--part", type=part, default=(0, 1), help="i/n: every n-th shard, from the i-th on")

    def about_text(added):
        added.add_argument("--tokens", type=positive, default=1_000_000, help="how many to have")
        added.add_argument("--seed", type=int, default=1)
        added.add_argument(
            "--given", default=ROOT / "training/text", help="text to take over, of the same target and seed"
        )
        added.add_argument("--exclude", default=ROOT / "bench/spec_bench_dev.jsonl", help="questions not to learn from")

    def about_training(added):
        added.add_argument("--steps", type=positive, default=1500)
        added.add_argument("--learning-rate", type=fraction, default=1e-3)
        added.add_argument("--batch", type=positive, default=2048, help="tokens in a step")
        added.add_argument("--law-positions", type=positive, default=512, help="tokens in a step whose laws are learnt")
        added.add_argument(
            "--coverage", type=fraction, default=0.99, help="part of the text that the draft vocabulary covers"
        )
        added.add_argument(
            "--precision",
            choices=PRECISIONS,
            default="fp32",
            help="of products: bf16 where the CPU has AMX or AVX512-BF16",
        )
        added.add_argument("--checkpoint-every", type=positive, default=20, help="steps")
        added.add_argument(
            "--from", dest="start", type=pathlib.Path, help="a folder of exported heads whose weights to begin with"
        )

    def about_licence(added):
        added.add_argument("--licence", required=True, help="of what is exported: the target's own, most often")

    about_target(command("describe", run_describe, "ask the engine what the target is"))
    added = command("text", run_text, "have the target write training text")
    about_text(added)
    about_part(added)
    about_part(command("states", run_states, "keep the target's hidden states of that text"))
    added = command("train", run_train, "train one head")
    added.add_argument("--head", choices=HEADS, required=True)
    added.add_argument("--seed", type=int, default=1)
    about_training(added)
    added = command("export", run_export, "write a trained head as the engine runs it")
    added.add_argument("--head", choices=HEADS, required=True)
    added.add_argument(
        "--whole", action="store_true", help="a draft model with the target's embeddings, for other programs too"
    )
    about_licence(added)
    added = command("all", run_all, "all of these, for every head: one command for another target")
    about_target(added)
    about_text(added)
    about_training(added)
    about_licence(added)
    # Not shared between processes: each would train every head, in the same folders.
    added.set_defaults(whole=False, part=(0, 1))
    return whole


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def fraction(text):
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return value


def part(text):
    i, n = (int(number) for number in text.split("/"))
    if not 1 <= i <= n:
        raise argparse.ArgumentTypeError(f"{text} is no part: give i/n with i from 1 to n")
    return i - 1, n


def target_file(options):
    return options.folder / "target.json"


def target_of(options):
    return load_target(target_file(options))


def run_describe(options):
    """Keeps what the engine says of the target. A name that it does not know is not kept as the folder's."""
    claimed, file = is_claimed(options), target_file(options)
    if claimed:
        # Refused before the engine converts another model's weights.
        claim_for_target(options)
    described = ask_engine(options)
    if file.exists() and not claimed:
        refuse_another_target(options, read_json(file), json.loads(described))
    claim_for_target(options)
    write_whole(file, lambda partial: partial.write_bytes(described))


def ask_engine(options):
    """What `draftscope describe` prints of the target."""
    program = ROOT / "dist/cli.js"
    if not program.exists():
        raise UserError(f"{program} is not there. Run `npm run build` first.")
    command = ["node", program, "describe", "--model", options.model, "--weights", options.weights]
    described = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if described.returncode != 0:
        raise UserError("The engine could not describe the model; what it said stands above.")
    return described.stdout


def is_claimed(options):
    """Whether the folder says which target was asked for; one from before that was kept holds `target.json` alone."""
    return (options.folder / SETTINGS).exists()


def claim_for_target(options):
    """Keeps in the folder which target was asked for, or refuses another one."""
    claim_folder(options.folder, {"model": options.model, "weights": options.weights})


def refuse_another_target(options, found, described):
    if any(found.get(name) != described[name] for name in ("files", "weights")):
        raise UserError(
            f"{target_file(options)} describes {found.get('name')} in {found.get('weights')}, which is not what "
            f"--model {options.model} --weights {options.weights} is. Give the same again, or a new folder."
        )


def run_text(options):
    target = target_of(options)
    folder = options.folder / "text"
    generate(target, folder, options.tokens, options.seed, options.exclude, options.part, options.given)


def run_states(options):
    write_states(target_of(options), options.folder / "text", options.part)


def run_train(options):
    settings = Settings(**{field.name: getattr(options, field.name) for field in dataclasses.fields(Settings)})
    target = target_of(options)
    start = None if options.start is None else ExportedHead(options.start, options.head, target)
    text = options.folder / "text"
    train(open_run(target, text, run_folder(options), settings, shards_of(options), start))


def run_folder(options):
    return options.folder / "heads" / options.head


def shards_of(options):
    """Those that the first head of this folder was trained on, so that all heads are on the same; None at first."""
    begun = sorted((options.folder / "heads").glob(f"*/{SETTINGS}"), key=lambda file: file.stat().st_mtime)
    return kept(read_settings(begun[0].parent), "shards", list, begun[0].parent) if begun else None


def run_export(options):
    if options.whole and options.head != DraftModel.name:
        raise UserError(f"--whole is for a draft model. Export the {options.head} head without it.")
    run = reopen_run(target_of(options), options.folder / "text", run_folder(options))
    folder = options.folder / "export" / (DraftModel.name if options.whole else "")
    sweep(folder)
    if options.whole:
        export_model(run, folder, options.licence)
    elif options.head == DraftModel.name:
        export_layers(run, folder, options.licence)
    else:
        export_head(run, folder, options.licence)


def run_all(options):
    if is_claimed(options) and target_file(options).exists():
        claim_for_target(options)
    else:
        run_describe(options)
    if options.start is not None:
        # One that is missing is said before the text is written, not after the first heads were trained.
        target = target_of(options)
        for name in HEADS:
            ExportedHead(options.start, name, target)
    run_text(options)
    run_states(options)
    for name in HEADS:
        options.head = name
        run_train(options)
        run_export(options)


if __name__ == "__main__":
    sys.exit(main())
