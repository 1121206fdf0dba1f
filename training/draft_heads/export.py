"""Hands a trained head on: the ONNX parts that the engine runs, or a model folder, and a card that says what it is."""

import hashlib
import json

import torch
from safetensors.torch import save

from .blocks import to_q8_0
from .errors import UserError
from .files import NewFiles
from .parts import FAST, Vocabulary, head_parts
from .train import hit_rates

CARD_VERSION = 1


def export_head(run, folder, licence, accuracy=FAST):
    """Writes a head's parts, their weights and its card into `folder`, which may hold other heads of the same data."""
    head, teacher, target = run.head, run.teacher, run.teacher.target
    vocabulary = Vocabulary(teacher.vocabulary.numpy(), teacher.projection.numpy())
    with NewFiles(folder) as new:
        share_vocabulary(new, vocabulary.file)
        parts, weights = head_parts(target, vocabulary, head, accuracy)
        for name, content in parts.items():
            new.write(f"{name}.onnx", lambda partial, content=content: partial.write_bytes(content))
        new.write(weights.name, weights.write)
        files = [*(f"{name}.onnx" for name in parts), weights.name, vocabulary.file.name]
        new.write_json(f"{head.name}.json", card(run, licence, new, files))


def share_vocabulary(new, vocabulary):
    """Writes the draft vocabulary's file, or checks that the one that is there is the same."""
    file = new.path(vocabulary.name)
    if not file.exists():
        new.write(vocabulary.name, vocabulary.write)
    elif file.read_bytes() != b"".join(vocabulary.parts):
        raise UserError(f"{file} is the draft vocabulary of other data. Export into a new folder.")


def card(run, licence, new, files):
    """What a head is, what it was made from, and how often it is right. `files` names those of `new` that it has."""
    head, teacher, settings = run.head, run.teacher, run.settings
    description = teacher.target.description
    tries, rate = hit_rates(run)
    return {
        "version": CARD_VERSION,
        "kind": head.name,
        "levels": head.levels,
        "licence": licence,
        "target": {
            "name": description["name"],
            "files": description["files"],
            "weights": description["weights"],
            "weightsSha256": teacher.target.sha256(),
            "tokenizerSha256": hashlib.sha256(compact(description["tokenizer"]).encode()).hexdigest(),
            "hiddenSize": teacher.target.config.hidden,
            "vocabulary": teacher.target.config.vocabulary,
        },
        "draftVocabulary": {"size": len(teacher.vocabulary), "coverage": settings.coverage},
        "training": {
            "tokens": run.data.tokens,
            "dataSha256": run.data.sha256,
            # In all: of the head that it began from, and its own.
            "steps": run.done + (0 if run.earlier is None else run.earlier["steps"]),
            "batchTokens": settings.batch,
            "learningRate": settings.learning_rate,
            "seed": settings.seed,
            "precision": settings.precision,
            **({} if run.earlier is None else {"startedFrom": run.earlier}),
        },
        # Of the positions where all earlier levels were right: how often the best, the best two, ... tokens held
        # the target's most probable one.
        "hitRate": rate,
        "hitTries": tries,
        "files": {name: described(new.path(name)) for name in files},
    }


def compact(value):
    """JSON as JavaScript's `JSON.stringify` writes it, which is what the engine hashes."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def described(file):
    return {"bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}


def export_layers(run, folder, licence):
    """Writes a draft model's layers and its card into `folder`, which may hold heads of the same data.

    Nothing of the target is in them: the engine takes its embeddings, vocabulary projection, shape and tokenizer.
    """
    model, file = run.head, f"{run.head.name}.safetensors"
    tensors = {name: stored(value.detach()) for name, value in weights_of(model).items()}
    with NewFiles(folder) as new:
        new.write(file, lambda partial: partial.write_bytes(save(tensors)))
        made = card(run, licence, new, [file])
        # It guesses among all of the target's tokens.
        del made["draftVocabulary"]
        new.write_json(f"{model.name}.json", {**made, "decoderLayers": len(model.layers)})


def weights_of(model):
    """A draft model's own weights, by their names in a Hugging Face model."""
    return {f"model.{name}": value for name, value in model.state_dict().items()}


def stored(weight):
    """A norm as it is, a matrix in 8 bits."""
    return weight if weight.dim() == 1 else torch.from_numpy(to_q8_0(weight.numpy()))


def export_model(run, folder, licence):
    """Writes a draft model as a Hugging Face folder with all that a model has, which any program opens."""
    model = run.head
    target, c = run.teacher.target, run.teacher.target.config
    if target.description["config"]["ropeFactors"] is not None:
        raise UserError(
            f"{target.description['name']} scales its rotary frequencies, which the export of a draft model does not "
            "write yet. Train its heads instead."
        )
    tensors = {"model.embed_tokens.weight": target.embedding, **weights_of(model)}
    if not c.tied_head:
        tensors["lm_head.weight"] = target.projection
    halves = {name: value.detach().to(torch.float16).contiguous() for name, value in tensors.items()}
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": c.hidden,
        "intermediate_size": c.feed_forward,
        "num_hidden_layers": len(model.layers),
        "num_attention_heads": c.heads,
        "num_key_value_heads": c.kv_heads,
        "head_dim": c.head_dim,
        "vocab_size": c.vocabulary,
        "max_position_embeddings": c.context,
        "rope_theta": c.rope_base,
        "rms_norm_eps": c.epsilon,
        "tie_word_embeddings": c.tied_head,
        "eos_token_id": target.end_tokens,
        "torch_dtype": "float16",
    }
    with NewFiles(folder) as new:
        # Not by safetensors' `save_file`, which has an error of its own for a full disk, and temporary files too.
        weights = save(halves, metadata={"format": "pt"})
        new.write("model.safetensors", lambda partial: partial.write_bytes(weights))
        new.write_json("tokenizer.json", {"version": "1.0", **target.description["tokenizer"]})
        new.write_json("config.json", config)
        new.write_json("card.json", card(run, licence, new, ["model.safetensors", "tokenizer.json"]))
