"""ggml's Q8_0: the 8 bits that a draft model's layers are kept in, as the engine's model reader knows them."""

import numpy

from .errors import UserError

#: Inputs that share a scale, and the bytes that they take with it.
BLOCK, BYTES = 32, 34


def to_q8_0(matrix):
    """`matrix` [rows, inputs] as uint8 [rows, inputs / 32 * 34]: of each row its blocks, an fp16 scale and 32 bytes."""
    rows, inputs = matrix.shape
    if inputs % BLOCK:
        raise UserError(f"A layer has {inputs} inputs, which are no whole blocks of {BLOCK}: it cannot be exported.")
    blocks = matrix.reshape(rows, inputs // BLOCK, BLOCK).astype(numpy.float32)
    scales = (numpy.abs(blocks).max(axis=2, keepdims=True) / 127).astype("<f2")
    # By the scale as it is stored, which a half rounds; one that it rounds to nothing has nothing to say.
    steps = numpy.where(scales == 0, 1, scales).astype(numpy.float32)
    values = numpy.round(blocks / steps).clip(-127, 127).astype(numpy.int8)
    return numpy.concatenate([scales.view(numpy.uint8), values.view(numpy.uint8)], axis=2).reshape(rows, -1)


def from_q8_0(stored):
    """The fp32 matrix that `to_q8_0` stored."""
    blocks = stored.reshape(len(stored), -1, BYTES)
    scales = numpy.ascontiguousarray(blocks[..., :2]).view("<f2").astype(numpy.float32)
    values = numpy.ascontiguousarray(blocks[..., 2:]).view(numpy.int8).astype(numpy.float32)
    return (values * scales).reshape(len(stored), -1)
