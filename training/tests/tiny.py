"""A target of a few thousand random weights, in the files that `draftscope describe` tells of."""

import json

import numpy

HIDDEN, LAYERS, HEADS, KV_HEADS, HEAD_DIM, FEED_FORWARD, CONTEXT = 64, 2, 4, 2, 16, 128, 1024
SPECIAL = ["<|end|>", "<|user|>", "<|answer|>"]
VOCABULARY = 256 + len(SPECIAL)
OUTLIERS = 4
KV_WIDTH = KV_HEADS * HEAD_DIM


class Weights:
    """A weights file under way, and its index."""

    def __init__(self, file):
        self.file, self.offset, self.entries = open(file, "wb"), 0, {}

    def add(self, name, array):
        kinds = {"float32": "f32", "uint8": "u8", "int8": "i8", "int64": "i64"}
        data = numpy.ascontiguousarray(array)
        entry = {"type": kinds[data.dtype.name], "dims": list(data.shape), "offset": self.offset, "length": data.nbytes}
        self.entries[name] = entry
        self.file.write(data.tobytes())
        self.offset += data.nbytes


def write_target(folder, form="fp32", seed=0):
    """Writes weights.bin and target.json. Returns the latter's path."""
    random = numpy.random.default_rng(seed)
    weights = Weights(folder / "weights.bin")
    linears = {}

    def linear(name, inputs, rows):
        weight = random.normal(0, inputs**-0.5, (rows, inputs)).astype(numpy.float32)
        if form == "fp32":
            weights.add(f"{name}#0", weight.T)
            linears[name] = [{"kind": "f32", "rows": rows}]
            return
        outliers = numpy.sort(random.permutation(inputs)[:OUTLIERS]).astype(numpy.int64)
        keep = numpy.ones(inputs, numpy.float32)
        keep[outliers] = 0
        scales = (numpy.abs(weight * keep).max(axis=1) / 127).astype(numpy.float32)
        values = numpy.round(weight * keep / scales[:, None]).astype(numpy.int8)
        sums = values.astype(numpy.float32).sum(axis=1) * scales
        weights.add(name, values.T)
        weights.add(f"{name}.scales", scales)
        weights.add(f"{name}.keep", keep)
        weights.add(f"{name}.outliers", outliers)
        weights.add(f"{name}.exact", numpy.concatenate([weight[:, outliers].T, sums[None]]))
        linears[name] = [{"kind": "int8", "rows": rows}]

    embedding = random.normal(0, 1, (VOCABULARY, HIDDEN)).astype(numpy.float32)
    if form == "fp32":
        weights.add("embedding", embedding)
        linears["head"] = [{"kind": "f32", "rows": VOCABULARY}]
    else:
        blocks = embedding.reshape(VOCABULARY, HIDDEN // 32, 32)
        scales = (numpy.abs(blocks).max(axis=2) / 127).astype(numpy.float32)
        weights.add("embedding", (numpy.round(blocks / scales[..., None]) + 128).astype(numpy.uint8))
        weights.add("embedding.scales", scales)
        linear("head", HIDDEN, VOCABULARY)
    for i in range(LAYERS):
        linear(f"layer.{i}.qkv", HIDDEN, (HEADS + 2 * KV_HEADS) * HEAD_DIM)
        linear(f"layer.{i}.o", HEADS * HEAD_DIM, HIDDEN)
        linear(f"layer.{i}.gateUp", HIDDEN, 2 * FEED_FORWARD)
        linear(f"layer.{i}.down", FEED_FORWARD, HIDDEN)
        for norm in ("input_layernorm", "post_attention_layernorm"):
            weights.add(f"model.layers.{i}.{norm}.weight", random.uniform(0.5, 1.5, HIDDEN).astype(numpy.float32))
    weights.add("model.norm.weight", random.uniform(0.5, 1.5, HIDDEN).astype(numpy.float32))
    angles = numpy.arange(CONTEXT)[:, None] * 10000.0 ** (-numpy.arange(HEAD_DIM // 2) * 2 / HEAD_DIM)
    weights.add("rotary.cos", numpy.cos(angles).astype(numpy.float32))
    weights.add("rotary.sin", numpy.sin(angles).astype(numpy.float32))
    weights.file.close()

    description = {
        "version": 1,
        "model": "tiny",
        "name": "tiny",
        "files": [{"name": "tiny", "bytes": 0, "sha256": "0" * 64}],
        "weights": form,
        "folder": str(folder),
        "weightsFile": "weights.bin",
        "index": {
            "entries": weights.entries,
            "linears": linears,
            "embedding": "f32" if form == "fp32" else "q8",
        },
        "config": {
            "hiddenSize": HIDDEN,
            "layers": LAYERS,
            "heads": HEADS,
            "kvHeads": KV_HEADS,
            "headDim": HEAD_DIM,
            "feedForward": FEED_FORWARD,
            "vocabulary": VOCABULARY,
            "context": CONTEXT,
            "ropeBase": 10000,
            "ropeFactors": None,
            "normEpsilon": 1e-5,
            "tiedHead": True,
        },
        "chat": {"open": "<|user|>", "answer": "<|end|><|answer|>", "next": "<|end|><|user|>"},
        "endTokens": [0],
        "startTokens": [],
        "tokenizer": byte_tokenizer(),
    }
    file = folder / "target.json"
    file.write_text(json.dumps(description), encoding="utf-8")
    return file


def byte_tokenizer():
    """One token a byte, after the special ones."""
    from tokenizers.pre_tokenizers import ByteLevel

    letters = sorted(ByteLevel.alphabet())
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    added = {"special": True, "normalized": False, "single_word": False, "lstrip": False, "rstrip": False}
    return {
        "added_tokens": [{"id": i, "content": text, **added} for i, text in enumerate(SPECIAL)],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "vocab": {text: i for i, text in enumerate([*SPECIAL, *letters])},
            "merges": [],
        },
    }
