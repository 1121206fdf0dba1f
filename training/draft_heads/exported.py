"""An exported head read back: the weights that another training begins with."""

import hashlib
import json
import pathlib

import numpy
import onnx
import safetensors.numpy
import torch

from .blocks import from_q8_0
from .errors import UserError
from .export import CARD_VERSION, weights_of
from .heads.head import identity_at
from .parts import WRITERS, Part


class ExportedHead:
    """A head in a folder that `export_head` wrote, whole and of this target.

    What it guesses among is no part of it: the draft vocabulary's rows are the target's own, so that of the new run may
    be another.
    """

    def __init__(self, folder, kind, target):
        self.folder, self.kind, self.target = pathlib.Path(folder), kind, target
        self.file = self.folder / f"{kind}.json"
        try:
            content = self.file.read_bytes()
        except OSError as error:
            raise UserError(
                f"There is no {kind} head in {folder}: {self.file.name} cannot be read ({error.strerror}). "
                "Name a folder that `draft-heads export` wrote one to."
            ) from error
        self.card = self._checked(content)
        #: Of the card, which holds the hash of every file: which head it is.
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._files = {name: self._whole(name, about) for name, about in self.card["files"].items()}

    @property
    def training(self):
        """What its card says of its training, and which card that is."""
        return {"cardSha256": self.sha256, **self.card["training"]}

    def load_into(self, head):
        """Gives `head`, one of the same kind and target, the weights that the folder holds."""
        if self.kind in WRITERS:
            WRITERS[self.kind](lambda part: Reader(self, part), head)
        else:
            self._load_layers(head)

    def give(self, parameter, name, values):
        """Makes `values` the weight of the head that was exported as `name`."""
        if parameter.shape != values.shape:
            raise self.strange(f"{name} is {list(values.shape)}, not {list(parameter.shape)}")
        with torch.no_grad():
            parameter.copy_(values)

    def tensors(self, part):
        """The weights that an ONNX part reads, by name."""
        return {tensor.name: self._array(tensor) for tensor in self._graph(part).initializer}

    def strange(self, what):
        return UserError(f"{self.file} is not a {self.kind} head of this version ({what}). Export it again.")

    def _load_layers(self, model):
        """Of a draft model, as `export_layers` wrote them."""
        content = self._files.get(f"{self.kind}.safetensors")
        if content is None:
            raise self.strange("no weights")
        found, wanted = safetensors.numpy.load(content), weights_of(model)
        if found.keys() != wanted.keys():
            raise self.strange("other layers")
        for name, parameter in wanted.items():
            values = found[name]
            self.give(parameter, name, torch.from_numpy(values if values.ndim == 1 else from_q8_0(values)))

    def _checked(self, content):
        try:
            card = json.loads(content)
            version, kind = card["version"], card["kind"]
            made = {file["sha256"] for file in card["target"]["files"]}
            steps, files = card.get("training", {}).get("steps"), card["files"].items()
            named = all({"bytes", "sha256"} <= set(about) and "/" not in name for name, about in files)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                f"{self.file} is no card of a drafter head. Restore it, or export the head again."
            ) from error
        if version != CARD_VERSION or not named:
            raise self.strange(f"version {version}")
        if kind != self.kind:
            raise UserError(f"{self.file} is the card of another kind of head: {kind}. Restore its name.")
        if made != set(self.target.files):
            raise UserError(
                f"The {kind} head in {self.folder} was made for {card['target'].get('name')}, not for these weights of "
                f"{self.target.description['name']}. Name a head of this target, or train without --from."
            )
        if not isinstance(steps, int):
            raise UserError(
                f"{self.file} does not say how long its head was trained. Name a head that `draft-heads export` wrote."
            )
        return card

    def _whole(self, name, about):
        file = self.folder / name
        try:
            content = file.read_bytes()
        except OSError as error:
            raise UserError(f"{file} cannot be read ({error.strerror}). Copy or export the head again.") from error
        if hashlib.sha256(content).hexdigest() != about["sha256"]:
            raise UserError(f"{file} is not the file that its head's card names. Copy or export the head again.")
        return content

    def _graph(self, part):
        name = f"{part}.onnx"
        if name not in self._files:
            raise self.strange(f"no {name}")
        return onnx.load_model_from_string(self._files[name]).graph

    def _array(self, tensor):
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            return onnx.numpy_helper.to_array(tensor)
        where = {entry.key: entry.value for entry in tensor.external_data}
        start, length = int(where["offset"]), int(where["length"])
        stored = self._files[where["location"]][start : start + length]
        return numpy.frombuffer(stored, onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)).reshape(tensor.dims)


class Reader(Part):
    """Walks through a head as the writer of its parts does, and takes each weight from what that wrote."""

    def __init__(self, exported, part):
        super().__init__(exported.target, vocabulary=None, file=None, accuracy=None)
        self.exported, self.tensors = exported, exported.tensors(part)

    def linear(self, x, name, module):
        values, scales = self.tensor(name), self.tensor(f"{name}.scales")
        weight = torch.from_numpy((values.astype(numpy.float32) - 128) * scales[..., None]).flatten(1)
        if hasattr(module, "identity"):
            weight = weight + identity_at(module, module.identity)
        self.exported.give(module.weight, name, weight)
        if module.bias is not None:
            self.exported.give(module.bias, f"{name}.bias", torch.from_numpy(self.tensor(f"{name}.bias").copy()))
        return x

    def norm(self, x, name, module):
        self.exported.give(module.weight, name, torch.from_numpy(self.tensor(name).copy()))
        return x

    def guessed(self, x):
        """Reads nothing: the draft vocabulary's rows are the target's."""
        return x, x

    @property
    def top(self):
        return 1

    def tensor(self, name):
        if name not in self.tensors:
            raise self.exported.strange(f"no {name}")
        return self.tensors[name]
