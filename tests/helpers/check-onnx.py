"""Checks ONNX files by ONNX's own checker, and answers for pixels by its reference evaluator.

    python check-onnx.py FILE.onnx[=PIXELS] ...

PIXELS holds N * H * W * 3 bytes. Prints a line of JSON for each file: its IR, opset, what the checker inferred of the outputs'
shapes, and the outputs where pixels were given. Ends with the checker's own exception where a file is wrong.
"""

import json
import sys

import numpy
import onnx
from onnx.reference import ReferenceEvaluator
from onnx.version_converter import convert_version

# The evaluator knows QuantizeLinear and DequantizeLinear from here on; what they compute in 8 bits is the same.
EVALUATED_OPSET = 21


def describe(path, pixels):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    shapes = {
        output.name: [size.dim_param or size.dim_value for size in output.type.tensor_type.shape.dim]
        for output in inferred.graph.output
    }
    found = {
        "path": path,
        "ir": model.ir_version,
        "opsets": {entry.domain: entry.version for entry in model.opset_import},
        "operators": sorted({node.op_type for node in model.graph.node}),
        "shapes": shapes,
    }
    if pixels:
        shape = [size.dim_value for size in model.graph.input[0].type.tensor_type.shape.dim[1:]]
        batch = numpy.fromfile(pixels, dtype=numpy.uint8).reshape([-1, *shape])
        values = ReferenceEvaluator(convert_version(model, EVALUATED_OPSET)).run(None, {"pixels": batch})
        names = [output.name for output in model.graph.output]
        found["outputs"] = {name: value.flatten().tolist() for name, value in zip(names, values)}
    return found


for argument in sys.argv[1:]:
    file, _, picture = argument.partition("=")
    print(json.dumps(describe(file, picture)))
