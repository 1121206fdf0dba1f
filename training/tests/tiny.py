"""A target of a few thousand random weights, in the files that `draftscope describe` tells of."""

import json

import numpy

HIDDEN, LAYERS, HEADS, KV_HEADS, HEAD_DIM, FEED_FORWARD, CONTEXT = 64, 2, 4, 2, 16, 160, 1024
SPECIAL = ["<|end|>", "<|user|>", "<|answer|>"]
VOCABULARY = 256 + len(SPECIAL)
LARGE = 4
#: `int8` rounds what a norm puts out to steps of this.
STEP = 4 / 127
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


def write_target(folder, form="fp32", seed=0, tied=True):
    """Writes weights.bin and target.json. Returns the latter's path. Both forms are of the same target."""
    random = numpy.random.default_rng(seed)
    weights = Weights(folder / "weights.bin")
    linears = {}
    large = random.permutation(HIDDEN)[:LARGE]
    turning = rotation(random, large)

    def matrix(rows, inputs):
        return random.normal(0, inputs**-0.5, (rows, inputs)).astype(numpy.float32)

    def fp32(name, weight):
        weights.add(f"{name}#0", weight.T)
        linears[name] = [{"kind": "f32", "rows": len(weight)}]

    def reading(name, weight, norm):
        """A linear layer behind a norm."""
        if form == "fp32":
            return fp32(name, weight)
        turned = weight * norm @ turning
        exact = turned[:, -LARGE:].T.copy()
        turned[:, -LARGE:] = 0
        scales = numpy.abs(turned).max(axis=1) / 127
        weights.add(name, numpy.round(turned / scales[:, None]).astype(numpy.int8).T)
        weights.add(f"{name}.scales", scales)
        weights.add(f"{name}.step", numpy.float32(STEP))
        weights.add(f"{name}.large", exact)
        linears[name] = [{"kind": "int8", "rows": len(weight)}]

    def writing(name, weight):
        """A linear layer that adds to the residual stream."""
        if form == "fp32":
            return fp32(name, weight)
        add_blocks(f"{name}#0", turning.T @ weight, 64)
        linears[name] = [{"kind": "q8", "rows": len(weight)}]

    def add_blocks(name, rows, block):
        values, scales = blocks(rows, block)
        weights.add(name, values)
        weights.add(f"{name}.scales", scales)

    def norm(name):
        weight = random.uniform(0.5, 1.5, HIDDEN).astype(numpy.float32)
        if form == "fp32":
            weights.add(name, weight)
        return weight

    embedding = matrix(VOCABULARY, HIDDEN)
    embedding[:, large] *= 2
    if form == "fp32":
        weights.add("embedding", embedding)
    else:
        add_blocks("embedding", embedding, 32)
        weights.add("rotation", turning)
        weights.add("norm.plain", numpy.ones(HIDDEN, numpy.float32))
    for i in range(LAYERS):
        input_norm = norm(f"model.layers.{i}.input_layernorm.weight")
        reading(f"layer.{i}.qkv", matrix((HEADS + 2 * KV_HEADS) * HEAD_DIM, HIDDEN), input_norm)
        writing(f"layer.{i}.o", matrix(HIDDEN, HEADS * HEAD_DIM))
        attention_norm = norm(f"model.layers.{i}.post_attention_layernorm.weight")
        reading(f"layer.{i}.gateUp", matrix(2 * FEED_FORWARD, HIDDEN), attention_norm)
        writing(f"layer.{i}.down", matrix(HIDDEN, FEED_FORWARD))
    final_norm = random.uniform(0.5, 1.5, HIDDEN).astype(numpy.float32)
    weights.add("model.norm.weight", final_norm)
    if tied and form == "fp32":
        linears["head"] = [{"kind": "f32", "rows": VOCABULARY}]
    else:
        reading("head", embedding if tied else matrix(VOCABULARY, HIDDEN), final_norm)
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
            "tiedHead": tied,
        },
        "chat": {"open": "<|user|>", "answer": "<|end|><|answer|>", "next": "<|end|><|user|>"},
        "endTokens": [0],
        "startTokens": [],
        "tokenizer": byte_tokenizer(),
    }
    file = folder / "target.json"
    file.write_text(json.dumps(description), encoding="utf-8")
    return file


def rotation(random, large):
    """[hidden, hidden]: any orthogonal change of basis that has the `large` channels last, as they are."""
    small = numpy.setdiff1d(numpy.arange(HIDDEN), large)
    turning = numpy.zeros((HIDDEN, HIDDEN), numpy.float32)
    turning[small, : len(small)] = numpy.linalg.qr(random.normal(size=(len(small), len(small))))[0]
    turning[large, numpy.arange(len(small), HIDDEN)] = 1
    return turning


def blocks(rows, block):
    """`rows` [n, inputs] in 8 bits with a scale a block, the last one filled up: [n, blocks, block] and [n, blocks]."""
    inputs = rows.shape[1]
    parts = numpy.pad(rows, ((0, 0), (0, -inputs % block))).reshape(len(rows), -1, block)
    scales = numpy.abs(parts).max(axis=2) / 127
    return (numpy.round(parts / scales[..., None]) + 128).astype(numpy.uint8), scales


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
