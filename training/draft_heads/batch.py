"""Many texts at a time, one new token each: the graph that training text is written with.

The layers are those of `src/models/graph/decoder.ts`, but where they read a norm their weights have 7 bits: pairs of
products with inputs of 8 always fit in the 16 bits that the runtime's fast kernel adds them in on processors without
VNNI. Its kernel for blocks is exact with 8 everywhere. Keys and values stay where they are; every text has its own
length.
"""

import math

import numpy
import onnxruntime

from .onnx_graph import Graph
from .parts import FAST, rounded
from .target import StepLinear

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
    embedding, scales = rounded_rows(target.embedding.numpy(), 127)
    x = g.op("Cast", [g.op("Gather", [g.weight("embedding", embedding), ids])], to=1)
    scale = g.op("Gather", [g.weight("embedding.scales", scales[:, None]), ids])
    x = g.op("Mul", [x, scale])
    if target.rotation is not None:
        x = g.op("MatMul", [x, g.weight("rotation", target.rotation.numpy())])

    def norm(x, weight, name):
        return g.norm(x, g.weight(name, weight.numpy()), c.epsilon)

    def product(x, linear, name):
        return (step_product if isinstance(linear, StepLinear) else block_product)(g, x, linear, name)

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
    logits = product(norm(x, target.head_norm, "head_norm"), target.head, "head")
    flat = g.op("Reshape", [logits, g.weight("flat", numpy.array([-1, c.vocabulary]))])
    best, token = g.op("TopK", [flat, g.weight("top", numpy.array([top]))], outputs=2, axis=-1)
    g.output("top.token", token, "i64", ["B", top])
    g.output("top.logit", best, "f32", ["B", top])
    return g.serialise()


def step_product(g, x, linear, name):
    """As `int8Product` of `src/models/graph/decoder.ts`: the last inputs in fp32, the others in fixed steps."""
    weight, first = linear.weight.numpy(), linear.weight.shape[1] - linear.large
    values, scales = rounded_rows(weight[:, :first], WEIGHT_STEPS)
    values = numpy.pad(values, ((0, 0), (0, linear.large)))
    step, zero = g.weight(f"{name}.step", linear.step.numpy()), g.weight("zero", numpy.uint8(128))
    steps = g.op("QuantizeLinear", [x, step, zero])
    weights = [g.weight(name, values.T), step, g.weight(f"{name}.scales", scales), zero]
    product = g.op("MatMulIntegerToFloat", [steps, *weights], domain="com.microsoft")
    ends = [g.weight(f"{name}.{end}", numpy.array([at])) for end, at in (("first", first), ("end", weight.shape[1]))]
    large = g.op("Slice", [x, *ends, g.weight("last_axis", numpy.array([-1]))])
    return g.op("Add", [product, g.op("MatMul", [large, g.weight(f"{name}.large", weight[:, first:].T)])])


def block_product(g, x, linear, name):
    """As `blockProduct` there, for all other layers: weights and inputs in blocks of 8 bits."""
    values, scales = rounded(linear.weight.numpy())
    return g.block_product(x, [g.weight(name, values), g.weight(f"{name}.scales", scales)], values.shape, FAST)


def rounded_rows(matrix, steps):
    """`matrix` [rows, n] as int8 of at most `steps`, and the scale of each row."""
    largest = numpy.abs(matrix).max(axis=1)
    scales = (numpy.where(largest == 0, 1, largest) / steps).astype(numpy.float32)
    return numpy.round(matrix / scales[:, None]).astype(numpy.int8), scales
