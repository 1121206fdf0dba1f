"""The ONNX parts of each head: what the engine runs.

All parts read the target's embeddings, and where they turn queries its rotary tables, as inputs that carry the names
of the engine's weights file, so that nothing of the target is shipped twice. Their own weights have 8 bits, in blocks
of inputs, as `MatMulNBits` multiplies them.

Inputs, for T rows after S cached ones, n tree nodes and R rows of interest:

- `embedding` uint8 [V, blocks, 32] and `embedding.scales` fp32 [V, blocks], or `embedding` fp32 [V, hidden]
- `rotary.cos`, `rotary.sin` fp32 [context, headDim / 2]; `position_ids` int64 [1, T]
- `attention_bias` fp32 [1, 1, T, S + T], 0 where a row may look, a large negative number elsewhere
- `past.<layer>.key` and `.value` fp32 [1, S, kvHeads * headDim]; `new.<layer>.key` and `.value` come out, [1, T, ...]
- `rows` int64 [R]: the rows of T whose guesses are wanted

Every part that guesses has `top.token` int64 and `top.probability` fp32, [R or n, TOP], most probable first; the
probability is that among the draft vocabulary.

| part             | inputs                                          | further outputs             |
| ---------------- | ----------------------------------------------- | --------------------------- |
| `medusa`         | `hidden` [n, h]                                 | `top.*` [n, levels, TOP]    |
| `hydra-<k>`      | `hidden` [n, h], `tokens` [n, k + 1]            |                             |
| `hydra-prefix`   | `features` [1, T, h]                            | `state` [1, T, h], no guess |
| `clover-block`   | `states` [1, T, h], `tokens` [1, T]             | `state` [R, h]              |
| `clover-step-<k>`| `state` [n, h], `tokens` [n]                    | `next` [n, h]               |
| `clover2-block`  | `states` [1, T, h], `tokens` [1, T]             | `state` [1, T, h]           |
| `clover2-step`   | `state` [n, h], `tokens` [n]                    | `next` [n, h]               |
| `clover2-draft`  | as `clover2-block`                              | as there, and `ahead.*`     |
| `eagle`          | `features` [1, T, h], `tokens` [1, T]           | `next` [1, T, h]            |
| `eagle-features` | `layers` [1, T, n h]                            | `features` [1, T, h]        |

`hidden` and `features` are the target's states after the final norm, `states` those before it. `tokens` are the ones
that follow: at position t token t + 1, in a tree each node's own.

`clover2-draft` is `clover2-block` and the steps of all further levels in one run, which spares the engine a run a level.
It cannot know which nodes the engine goes on from, so it goes on from the most probable paths of each level, as many as
`WIDTHS` says. Of these A rows it hands out the node, `ahead.token` int64 [A] and `ahead.parent` int64 [A], a row of the
same or -1 for the root; and what `clover2-step` would say after it, `ahead.next` [A, h] and `ahead.top.*` [A, TOP].

Two parts are of heads that are not trained here but imported (`src/models/heads/import`). `eagle-features` is of
EAGLE-3: the outputs of the layers that the card names, side by side, become the states that `eagle` reads in place of
the target's. `hydra-prefix` is the decoder layer of Hydra++: its `state` is what the levels read as `hidden`. An
imported head may keep embeddings, rotary tables and a vocabulary of its own in its weights file instead of reading the
target's, and its states may have another width.
"""

import math

import numpy

from .errors import UserError
from .heads.head import identity_at
from .onnx_graph import Graph, WeightsFile

TOP = 10
#: Nodes of each level that a draft in one run goes on from: those of THRIFT in src/engine/drafters/headDrafter.ts.
WIDTHS = (8, 6, 4, 3)
#: Inputs that share a scale, which takes four bytes: the most of these that divide a layer's.
BLOCKS = (64, 32)
#: The same of the target's embeddings, as the engine keeps them.
EMBEDDING_BLOCK = 32
#: int8 activations per block: the only level with a fast kernel for 8 bits.
FAST = 4


def rounded(matrix):
    """`matrix` [rows, inputs] as MatMulNBits stores it: uint8 [rows, blocks, block], zero at 128, and fp32 scales."""
    rows, inputs = matrix.shape
    block = next((block for block in BLOCKS if inputs % block == 0), None)
    if block is None:
        raise UserError(
            f"A layer has {inputs} inputs, which are no whole blocks of {BLOCKS[-1]}: it cannot be exported."
        )
    blocks = matrix.reshape(rows, inputs // block, block)
    scales = numpy.abs(blocks).max(axis=2) / 127
    scales[scales == 0] = 1
    values = numpy.round(blocks / scales[..., None]) + 128
    return values.astype(numpy.uint8), scales.astype(numpy.float32)


class Vocabulary:
    """The draft vocabulary's ids and rows of the target's head, in a file that all heads of a target share."""

    def __init__(self, ids, projection):
        self.size = len(ids)
        self.file = WeightsFile("draft-vocabulary.bin")
        values, scales = rounded(projection)
        self.file.add("vocabulary.ids", ids)
        self.file.add("vocabulary", values)
        self.file.add("vocabulary.scales", scales)


class Part:
    """One graph under way: the pieces that heads are made of."""

    def __init__(self, target, vocabulary, file, accuracy):
        self.target, self.vocabulary, self.file, self.accuracy = target, vocabulary, file, accuracy
        self.config, self.graph = target.config, Graph()

    def input(self, name, kind, shape):
        return self.graph.input(name, kind, shape)

    def output(self, name, value, shape, kind="f32"):
        self.graph.output(name, value, kind, shape)

    def add(self, a, b):
        return self.graph.op("Add", [a, b])

    def constant(self, *values):
        return self.graph.weight(f"constant{values}", numpy.array(values, numpy.int64))

    def reshape(self, x, *shape):
        return self.graph.op("Reshape", [x, self.constant(*shape)])

    def concat(self, parts):
        return self.graph.op("Concat", parts, axis=-1)

    def silu(self, x):
        return self.graph.op("Mul", [x, self.graph.op("Sigmoid", [x])])

    def vector(self, name, values):
        """A small fp32 weight."""
        return self.graph.weight(name, values.detach().numpy())

    def matrix(self, name, weight):
        """Stores `weight` [rows, inputs] once in the head's file."""
        if name not in self.file.tensors:
            values, scales = rounded(weight.detach().numpy())
            self.file.add(name, values)
            self.file.add(f"{name}.scales", scales)
        return self.file, name

    def product(self, x, stored):
        file, name = stored
        weights = [self.graph.stored(each, file) for each in (name, f"{name}.scales")]
        return self.graph.block_product(x, weights, file.tensors[name].dims, self.accuracy)

    def linear(self, x, name, module):
        """A `torch.nn.Linear`. One that started near the identity is stored as what it has learnt beside it."""
        rows, first = module.weight.shape[0], getattr(module, "identity", None)
        weight = module.weight if first is None else module.weight - identity_at(module, first)
        result = self.product(x, self.matrix(name, weight))
        if first is not None:
            ends = [self.constant(first), self.constant(first + rows), self.constant(-1)]
            result = self.add(result, self.graph.op("Slice", [x, *ends]))
        return result if module.bias is None else self.add(result, self.vector(f"{name}.bias", module.bias))

    def norm(self, x, name, module):
        return self.graph.norm(x, self.vector(name, module.weight), module.epsilon)

    def embed(self, tokens):
        """The target's embedding of `tokens` [...]: [..., hidden]."""
        if self.target.description["index"]["embedding"] == "f32":
            table = self.input("embedding", "f32", [self.config.vocabulary, self.config.hidden])
            return self.graph.op("Gather", [table, tokens])
        blocks = self.config.hidden // EMBEDDING_BLOCK
        table = self.input("embedding", "u8", [self.config.vocabulary, blocks, EMBEDDING_BLOCK])
        scales = self.input("embedding.scales", "f32", [self.config.vocabulary, blocks])
        values = self.graph.op("Cast", [self.graph.op("Gather", [table, tokens])], to=1)
        centred = self.graph.op("Sub", [values, self.graph.weight("zero point", numpy.float32(128))])
        scale = self.graph.op("Unsqueeze", [self.graph.op("Gather", [scales, tokens]), self.constant(-1)])
        # [..., blocks, 32] to [..., hidden], for one or two leading axes.
        shape = self.graph.op("Concat", [self.graph.op("Shape", [tokens]), self.constant(-1)], axis=0)
        return self.graph.op("Reshape", [self.graph.op("Mul", [centred, scale]), shape])

    def guessed(self, x):
        """The most probable tokens of `x` [..., hidden] and their probabilities, both [..., TOP]."""
        logits = self.product(x, self.stored_vocabulary())
        _, index = self.graph.op("TopK", [logits, self.constant(self.top)], outputs=2, axis=-1)
        probability = self.graph.op("GatherElements", [self.graph.op("Softmax", [logits], axis=-1), index], axis=-1)
        ids = self.graph.stored("vocabulary.ids", self.vocabulary.file)
        return self.graph.op("Gather", [ids, index]), probability

    def output_guesses(self, guesses, shape, prefix=""):
        """Hands out what `guessed` found, as outputs of `shape` + [TOP]."""
        token, probability = guesses
        self.output(f"{prefix}top.token", token, [*shape, self.top], "i64")
        self.output(f"{prefix}top.probability", probability, [*shape, self.top])

    def guess(self, x, shape):
        self.output_guesses(self.guessed(x), shape)

    @property
    def top(self):
        return min(TOP, self.vocabulary.size)

    def stored_vocabulary(self):
        return self.vocabulary.file, "vocabulary"

    def rows_of(self, x):
        """The rows of interest of `x` [1, T, hidden]: [R, hidden]."""
        return self.reshape(self.chosen(x), -1, self.config.hidden)

    def tokens_of_rows(self):
        """The tokens that follow the rows of interest: [R]."""
        return self.reshape(self.chosen(self.input("tokens", "i64", [1, "T"])), -1)

    def chosen(self, x):
        """The rows of interest of `x` [1, T, ...]."""
        return self.graph.op("Gather", [x, self.input("rows", "i64", ["R"])], axis=1)

    def cell(self, x, y, name, cell):
        """`heads.cell.AttentionDecoder`."""
        heads, g = cell.heads, self.graph
        query = self.linear(self.norm(x, f"{name}.norm", cell.norm), f"{name}.query", cell.query)
        key, value = self.linear(y, f"{name}.key", cell.key), self.linear(y, f"{name}.value", cell.value)
        # Rows of all leading axes side by side, and back.
        query, key, value = (self.reshape(each, -1, heads, self.config.hidden // heads) for each in (query, key, value))

        def dot(a, b):
            return g.op("ReduceSum", [g.op("Mul", [a, b]), self.constant(-1)], keepdims=1)

        lengths = g.op("Sqrt", [g.op("Mul", [dot(query, query), dot(key, key)])])
        floor = g.weight("cosine floor", numpy.float32(1e-8))
        gate = g.op("Div", [dot(query, key), g.op("Max", [lengths, floor])])
        added = g.op("Reshape", [g.op("Mul", [gate, value]), g.op("Shape", [x])])
        return self.add(x, added)

    def layer(self, x, index, layer, positions, bias):
        """`layers.DecoderLayer` over cached rows and new ones; hands out the new ones."""
        c, g = self.config, self.graph
        width, name = c.kv_heads * c.head_dim, f"layer.{index}"
        normed = self.norm(x, f"{name}.input_norm", layer.input_layernorm) if has_weight(layer.input_layernorm) else x
        attention = layer.self_attn

        def turned(part, heads):
            projected = self.linear(normed, f"{name}.{part}", attention[f"{part}_proj"])
            return g.op("RotaryEmbedding", [projected, *positions], num_heads=heads)

        def joined(part, fresh):
            past = self.input(f"past.{index}.{part}", "f32", [1, "S", width])
            self.output(f"new.{index}.{part}", fresh, [1, "T", width])
            return g.op("Concat", [past, fresh], axis=1)

        query = turned("q", c.heads)
        keys = joined("key", turned("k", c.kv_heads))
        values = joined("value", self.linear(normed, f"{name}.v", attention["v_proj"]))
        attended = g.op(
            "Attention",
            [query, keys, values, bias],
            q_num_heads=c.heads,
            kv_num_heads=c.kv_heads,
            scale=1 / math.sqrt(c.head_dim),
        )
        x = self.add(x, self.linear(attended, f"{name}.o", attention["o_proj"]))
        normed = self.norm(x, f"{name}.attention_norm", layer.post_attention_layernorm)
        gate = self.silu(self.linear(normed, f"{name}.gate", layer.mlp["gate_proj"]))
        gated = g.op("Mul", [gate, self.linear(normed, f"{name}.up", layer.mlp["up_proj"])])
        return self.add(x, self.linear(gated, f"{name}.down", layer.mlp["down_proj"]))

    def layers(self, x, layers):
        """All layers of a block over `x` [1, T, hidden]."""
        half = [self.config.context, self.config.head_dim // 2]
        tables = [self.input(f"rotary.{part}", "f32", half) for part in ("cos", "sin")]
        positions = [*tables, self.input("position_ids", "i64", [1, "T"])]
        bias = self.input("attention_bias", "f32", [1, 1, "T", "S+T"])
        for index, layer in enumerate(layers):
            x = self.layer(x, index, layer, positions, bias)
        return x

    def residual_block(self, x, name, block):
        return self.add(x, self.silu(self.linear(x, name, block.linear)))


def has_weight(module):
    return hasattr(module, "weight")


def medusa(new, head):
    part = new("medusa")
    hidden = part.input("hidden", "f32", ["n", head.config.hidden])
    levels = [part.residual_block(hidden, f"block.{k}", block) for k, block in enumerate(head.blocks)]
    # [n, levels, hidden]
    apart = [part.graph.op("Unsqueeze", [level, part.constant(1)]) for level in levels]
    part.guess(part.graph.op("Concat", apart, axis=1), ["n", head.levels])


def hydra(new, head):
    h = head.config.hidden
    for k, block in enumerate(head.blocks):
        part = new(f"hydra-{k}")
        hidden, tokens = part.input("hidden", "f32", ["n", h]), part.input("tokens", "i64", ["n", k + 1])
        read = part.concat([hidden, part.reshape(part.embed(tokens), -1, (k + 1) * h)])
        residual = part.linear(read, f"residual.{k}", block.res_connection)
        part.guess(part.add(residual, part.silu(part.linear(read, f"block.{k}", block.linear))), ["n"])


def clover(new, head):
    """The first level is the block's run too: its cell is told the root token, as those of further levels their node's."""
    h = head.config.hidden
    part = new("clover-block")
    read = part.norm(part.layers(part.input("states", "f32", [1, "T", h]), head.layers), "norm", head.norm)
    clover_level(part, head, 0, part.rows_of(read), part.tokens_of_rows(), ("state", "R"))
    for k in range(1, head.levels):
        part = new(f"clover-step-{k}")
        state, tokens = part.input("state", "f32", ["n", h]), part.input("tokens", "i64", ["n"])
        clover_level(part, head, k, state, tokens, ("next", "n"))


def clover_level(part, head, k, state, tokens, output):
    """Hands out the next states after `state` [n, hidden] and `tokens` [n], and the guesses of level `k` from there."""
    name, rows = output
    state = part.cell(state, part.embed(tokens), "cell", head.cell)
    part.output(name, state, [rows, head.config.hidden])
    part.guess(part.residual_block(state, f"block.{k}", head.blocks[k]), [rows])


def clover2(new, head):
    h = head.config.hidden
    clover2_block(new("clover2-block"), head)

    part = new("clover2-step")
    state, guesses = clover2_level(part, head, part.input("state", "f32", ["n", h]), part.input("tokens", "i64", ["n"]))
    part.output("next", state, ["n", h])
    part.output_guesses(guesses, ["n"])

    part = new("clover2-draft")
    state, guesses = clover2_block(part, head)
    guess_ahead(part, state, guesses, head.levels, lambda *node: clover2_level(part, head, *node))


def clover2_block(part, head):
    """Reads the text. Returns the states of the rows of interest, [R, hidden], and their guesses."""
    h = head.config.hidden
    tokens = part.embed(part.input("tokens", "i64", [1, "T"]))
    states = part.cell(part.input("states", "f32", [1, "T", h]), tokens, "first_cell", head.first_cell)
    state = part.norm(part.layers(states, head.layers), "norm", head.norm)
    part.output("state", state, [1, "T", h])
    rows = part.rows_of(state)
    first = part.linear(rows, "first_projector", head.first_projector)
    guesses = part.guessed(part.norm(first, "head_norm", head.head_norm))
    part.output_guesses(guesses, ["R"])
    return rows, guesses


def clover2_level(part, head, state, tokens):
    """The next states after `state` [n, hidden] and `tokens` [n], and the guesses from there."""
    token = part.embed(tokens)
    state = part.cell(state, token, "cell", head.cell)
    projected = part.linear(part.concat([state, token]), "projector", head.projector)
    return state, part.guessed(part.norm(projected, "head_norm", head.head_norm))


def guess_ahead(part, state, guesses, levels, level_after):
    """Hands out the guesses of all levels after the first, each from the most probable paths of the one before.

    state, guesses: those after the root, one row
    level_after: makes states and guesses of states and tokens
    """
    g, rows, found = part.graph, 1, {"token": [], "parent": [], "next": [], "top.token": [], "top.probability": []}
    path, start, end = guesses[1], -1, 0
    for width in WIDTHS[: levels - 1]:
        width = min(width, rows * part.top)
        probability, index = g.op("TopK", [part.reshape(path, -1), part.constant(width)], outputs=2, axis=0)
        tokens = g.op("Gather", [part.reshape(guesses[0], -1), index])
        row = g.op("Div", [index, part.constant(part.top)])
        state, guesses = level_after(g.op("Gather", [state, row]), tokens)
        path = g.op("Mul", [guesses[1], part.reshape(probability, -1, 1)])
        parent = part.add(row, part.constant(start))
        for name, value in zip(found, (tokens, parent, state, *guesses)):
            found[name].append(value)
        rows, start, end = width, end, end + width
    whole = {name: g.op("Concat", values, axis=0) for name, values in found.items()}
    for name in ("token", "parent"):
        part.output(f"ahead.{name}", whole[name], ["A"], "i64")
    part.output("ahead.next", whole["next"], ["A", part.config.hidden])
    part.output_guesses((whole["top.token"], whole["top.probability"]), ["A"], "ahead.")


def eagle(new, head):
    h = head.config.hidden
    part = new("eagle")
    tokens = part.embed(part.input("tokens", "i64", [1, "T"]))
    read = part.concat([tokens, part.input("features", "f32", [1, "T", h])])
    following = part.layers(part.linear(read, "fc", head.fc), head.layers)
    part.output("next", following, [1, "T", h])
    part.guess(part.rows_of(following), ["R"])


WRITERS = {"medusa": medusa, "hydra": hydra, "clover": clover, "clover2": clover2, "eagle": eagle}


def head_parts(target, vocabulary, head, accuracy=FAST):
    """The parts of a head by name, and the file of the weights that they share."""
    file = WeightsFile(f"{head.name}.bin")
    parts = {}

    def new(name):
        parts[name] = Part(target, vocabulary, file, accuracy)
        return parts[name]

    WRITERS[head.name](new, head)
    return {name: part.graph.serialise() for name, part in parts.items()}, file
