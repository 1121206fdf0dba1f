"""Writes test/golden/weights.json: hashes of weights of the default model as the gguf package dequantises them.

    python3 -m venv venv
    venv/bin/pip install gguf==0.19.0
    venv/bin/python test/golden/make_weights_golden.py PATH/SmolLM2-135M-Instruct.Q4_1.gguf

A hash is the SHA-256 of all values as little-endian fp32, row-major, with the rows of Q and K put back into
Hugging Face's order: equal hashes are equal bits. Run from the root of the repository.
"""

import hashlib
import json
import pathlib
import sys

from gguf import GGUFReader
from gguf.quants import dequantize

TARGET = pathlib.Path("test/golden/weights.json")
HEAD_DIM = 64

# (GGUF name, Hugging Face name, whether llama.cpp has permuted its rows)
WEIGHTS = [
    ("token_embd.weight", "model.embed_tokens.weight", False),
    ("blk.0.attn_q.weight", "model.layers.0.self_attn.q_proj.weight", True),
    ("blk.29.attn_k.weight", "model.layers.29.self_attn.k_proj.weight", True),
    ("blk.3.attn_v.weight", "model.layers.3.self_attn.v_proj.weight", False),
    ("blk.4.attn_output.weight", "model.layers.4.self_attn.o_proj.weight", False),
    ("blk.7.ffn_gate.weight", "model.layers.7.mlp.gate_proj.weight", False),
    ("blk.8.ffn_up.weight", "model.layers.8.mlp.up_proj.weight", False),
    ("blk.9.ffn_down.weight", "model.layers.9.mlp.down_proj.weight", False),
    ("blk.10.attn_norm.weight", "model.layers.10.input_layernorm.weight", False),
    ("blk.11.ffn_norm.weight", "model.layers.11.post_attention_layernorm.weight", False),
    ("output_norm.weight", "model.norm.weight", False),
]


def main() -> None:
    tensors = {tensor.name: tensor for tensor in GGUFReader(sys.argv[1]).tensors}
    golden = []
    for gguf_name, name, permuted in WEIGHTS:
        tensor = tensors[gguf_name]
        values = dequantize(tensor.data, tensor.tensor_type).astype("<f4")
        if permuted:
            heads = values.shape[0] // HEAD_DIM
            values = values.reshape(heads, HEAD_DIM // 2, 2, -1).swapaxes(1, 2).reshape(values.shape)
        digest = hashlib.sha256(values.tobytes()).hexdigest()
        golden.append({"name": name, "shape": list(values.shape), "sha256": digest})
    TARGET.write_text("[\n" + ",\n".join(json.dumps(row) for row in golden) + "\n]\n", encoding="utf-8")


main()
