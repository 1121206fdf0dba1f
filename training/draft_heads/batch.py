"""Many texts at a time, one new token each: the graph that training text is written with.

The weights have 7 bits and one scale an output row, the inputs 8: pairs of such products always fit in the 16 bits
that the runtime's fast kernel adds them in on processors without VNNI. Keys and values stay where they are; every text
has its own length.
"""

import math

import numpy
import onnxruntime

from .onnx_graph import Graph

WEIGHT_STEPS = 63


class BatchDecoder:
    """`batch` texts of at most `capacity` tokens each."""

    def __init__(self, target, batch, capacity, top, threads):
        c = target.config
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            decoder_graph(target, capacity, top), options, providers=["CPUExecutionProvider"]
        )
        self.lengths = numpy.zeros(batch, numpy.int32)
        self.binding = self.session.io_binding()
        shape = [batch, c.kv_heads, capacity, c.head_dim]
        self.cache = {}
        for layer in range(c.layers):
            for part in ("key", "value"):
                rows = onnxruntime.OrtValue.ortvalue_from_numpy(numpy.zeros(shape, numpy.float32))
                # Bound as both, so that the runtime writes the new rows in place.
                self.binding.bind_ortvalue_input(f"past.{layer}.{part}", rows)
                self.binding.bind_ortvalue_output(f"present.{layer}.{part}", rows)
                self.cache[layer, part] = rows
        self.binding.bind_output("top.token")
        self.binding.bind_output("top.logit")

    def clear(self, text):
        """Makes room for a new text in place of `text`."""
        self.lengths[text] = 0

    def step(self, tokens):
        """Feeds one token a text, `tokens` [B]. Returns the most probable next ones and their logits, [B, top] each,
        which the next step overwrites."""
        feeds = {
            "input_ids": numpy.asarray(tokens, numpy.int64)[:, None],
            "lengths": self.lengths,
            "longest": numpy.array(self.lengths.max() + 1, numpy.int32),
        }
        for name, value in feeds.items():
            self.binding.bind_cpu_input(name, value)
        self.session.run_with_iobinding(self.binding)
        self.lengths = self.lengths + 1
        found = dict(zip((output.name for output in self.session.get_outputs()), self.binding.get_outputs()))
        return found["top.token"].numpy(), found["top.logit"].numpy()


def decoder_graph(target, capacity, top):
    """Inputs `input_ids` [B, 1], `lengths` [B] before this token, `longest` after it; outputs `top.*` [B, top]."""
    c, g = target.config, Graph()
    ids = g.input("input_ids", "i64", ["B", 1])
    lengths, longest = g.input("lengths", "i32", ["B"]), g.input("longest", "i32", [])
    cos = g.weight("cos", target.cos[:capacity].numpy())
    sin = g.weight("sin", target.sin[:capacity].numpy())
    last = g.weight("last", numpy.array([-1]))
    embedding, scales = rounded_rows(target.embedding.numpy(), 127)
    x = g.op("Cast", [g.op("Gather", [g.weight("embedding", embedding), ids])], to=1)
    scale = g.op("Gather", [g.weight("embedding.scales", scales[:, None]), ids])
    x = g.op("Mul", [x, scale])

    def norm(x, weight, name):
        return g.norm(x, g.weight(name, weight.numpy()), c.epsilon)

    def product(x, linear, name):
        return int8_product(g, x, linear, name, last)

    for i, linears in enumerate(target.linears):
        packed = product(norm(x, target.input_norms[i], f"norm.{i}"), linears["qkv"], f"qkv.{i}")
        shape = ["B", c.kv_heads, capacity, c.head_dim]
        cache = [g.input(f"past.{i}.{part}", "f32", shape) for part in ("key", "value")]
        attended, *present = g.op(
            "GroupQueryAttention",
            [packed, "", "", *cache, lengths, longest, cos, sin],
            outputs=3,
            domain="com.microsoft",
            num_heads=c.heads,
            kv_num_heads=c.kv_heads,
            do_rotary=1,
            scale=1 / math.sqrt(c.head_dim),
        )
        for part, rows in zip(("key", "value"), present):
            g.output(f"present.{i}.{part}", rows, "f32", shape, in_place=True)
        x = g.op("Add", [x, product(attended, linears["o"], f"o.{i}")])
        both = product(norm(x, target.attention_norms[i], f"attention_norm.{i}"), linears["gateUp"], f"gateUp.{i}")
        gate, up = g.op("Split", [both], outputs=2, axis=-1, num_outputs=2)
        gated = g.op("Mul", [g.op("Mul", [gate, g.op("Sigmoid", [gate])]), up])
        x = g.op("Add", [x, product(gated, linears["down"], f"down.{i}")])
    logits = product(norm(x, target.final_norm, "final_norm"), target.head, "head")
    flat = g.op("Reshape", [logits, g.weight("flat", numpy.array([-1, c.vocabulary]))])
    best, token = g.op("TopK", [flat, g.weight("top", numpy.array([top]))], outputs=2, axis=-1)
    g.output("top.token", token, "i64", ["B", top])
    g.output("top.logit", best, "f32", ["B", top])
    return g.serialise()


def int8_product(g, x, linear, name, last):
    """As `int8Product` of `src/models/graph/decoder.ts`: the range of a row, the product, and the outliers apart."""
    weight = linear.weight.numpy()
    kept = numpy.ones(weight.shape[1], numpy.float32) if linear.kept is None else linear.kept.numpy()
    outliers = numpy.flatnonzero(kept == 0)
    values, scales = rounded_rows(weight * kept, WEIGHT_STEPS)
    masked = g.op("Mul", [x, g.weight(f"{name}.keep", kept)])
    low = g.op("ReduceMin", [masked, last], keepdims=1)
    span = g.op("Sub", [g.op("ReduceMax", [masked, last], keepdims=1), low])
    span = g.op("Max", [span, g.weight(f"{name}.least", numpy.float32(1e-8))])
    unit = g.op("Div", [g.op("Sub", [masked, low]), span])
    step = g.weight(f"{name}.step", numpy.float32(1 / 255))
    zero = g.weight(f"{name}.zero", numpy.uint8(0))
    rounded = g.op("QuantizeLinear", [unit, step, zero])
    weights = [g.weight(name, values.T), step, g.weight(f"{name}.scales", scales)]
    product = g.op("MatMulIntegerToFloat", [rounded, weights[0], *weights[1:], zero], domain="com.microsoft")
    sums = (values.astype(numpy.float32).sum(axis=1) * scales)[None]
    exact = g.op("Concat", [g.op("Gather", [x, g.weight(f"{name}.outliers", outliers)], axis=-1), low], axis=-1)
    rest = g.weight(f"{name}.exact", numpy.concatenate([weight[:, outliers].T, sums]))
    return g.op("Add", [g.op("Mul", [product, span]), g.op("MatMul", [exact, rest])])


def rounded_rows(matrix, steps):
    """`matrix` [rows, n] as int8 of at most `steps`, and the scale of each row."""
    largest = numpy.abs(matrix).max(axis=1)
    scales = (numpy.where(largest == 0, 1, largest) / steps).astype(numpy.float32)
    return numpy.round(matrix / scales[:, None]).astype(numpy.int8), scales
