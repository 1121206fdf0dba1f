"""Writes ONNX graphs, as `src/models/graph/onnxGraph.ts` does: a value is its name."""

import numpy
from onnx import TensorProto, helper, numpy_helper

IR_VERSION, OPSET = 10, 23
ELEMENTS = {"f32": TensorProto.FLOAT, "u8": TensorProto.UINT8, "i32": TensorProto.INT32, "i64": TensorProto.INT64}
TYPES = {
    "float32": TensorProto.FLOAT,
    "uint8": TensorProto.UINT8,
    "int64": TensorProto.INT64,
}
#: The runtime maps whole pages of a weight into memory.
PAGE = 4096


class Graph:
    """Nodes, weights, inputs and outputs of one graph."""

    def __init__(self):
        self.nodes, self.weights, self.inputs, self.outputs = {}, {}, [], []

    def input(self, name, kind, shape):
        if all(known.name != name for known in self.inputs):
            self.inputs.append(helper.make_tensor_value_info(name, ELEMENTS[kind], shape))
        return name

    def output(self, name, value, kind, shape, in_place=False):
        """Calls `value` an output. In place, the node that makes it writes it under that name itself."""
        if in_place:
            node = self.nodes[value]
            node.output[list(node.output).index(value)] = name
        else:
            self.nodes[name] = helper.make_node("Identity", [value], [name])
        self.outputs.append(helper.make_tensor_value_info(name, ELEMENTS[kind], shape))

    def weight(self, name, values):
        """A tensor written into the graph itself."""
        self.weights.setdefault(name, numpy_helper.from_array(numpy.ascontiguousarray(values), name))
        return name

    def stored(self, name, file):
        """A tensor of a weights file beside the graph."""
        self.weights.setdefault(name, file.tensors[name])
        return name

    def op(self, kind, inputs, outputs=1, domain="", **attributes):
        names = [f"{kind}_{len(self.nodes)}_{i}" for i in range(outputs)]
        node = helper.make_node(kind, inputs, names, domain=domain, **attributes)
        self.nodes.update(dict.fromkeys(names, node))
        return names[0] if outputs == 1 else names

    def norm(self, x, weight, epsilon):
        return self.op("SimplifiedLayerNormalization", [x, weight], axis=-1, epsilon=epsilon)

    def block_product(self, x, weights, dims, accuracy):
        """`x` [..., inputs] times 8-bit weights in blocks of inputs: `weights` are values and scales, and the values'
        `dims` are [rows, blocks, block]. `accuracy` is `MatMulNBits`' level."""
        rows, blocks, block = dims
        return self.op(
            "MatMulNBits",
            [x, *weights],
            domain="com.microsoft",
            K=blocks * block,
            N=rows,
            bits=8,
            block_size=block,
            accuracy_level=accuracy,
        )

    def serialise(self):
        nodes = list({id(node): node for node in self.nodes.values()}.values())
        graph = helper.make_graph(nodes, "draft", self.inputs, self.outputs, list(self.weights.values()))
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="draftscope")
        return model.SerializeToString()


class WeightsFile:
    """Tensors in one file beside the graphs that point to it, so that several graphs share one copy."""

    def __init__(self, name):
        self.name, self.parts, self.offset, self.tensors = name, [], 0, {}

    def add(self, name, array):
        data = numpy.ascontiguousarray(array)
        padding = -self.offset % PAGE
        tensor = TensorProto(
            name=name, data_type=TYPES[data.dtype.name], dims=data.shape, data_location=TensorProto.EXTERNAL
        )
        where = {"location": self.name, "offset": self.offset + padding, "length": data.nbytes}
        for key, value in where.items():
            tensor.external_data.add(key=key, value=str(value))
        self.parts += [bytes(padding), data.tobytes()]
        self.offset += padding + data.nbytes
        self.tensors[name] = tensor

    def write(self, file):
        with open(file, "wb") as out:
            out.writelines(self.parts)
