"""The upper part of a base in PyTorch, as training/fine-tune trains it: a line of JSON describes it, then every
line that comes asks for one step, and is answered with `done`.

Channels last, AdamW, clipping at 5, label smoothing .1, dropout .2, a moving average of the weights; depthwise
kernels are constants, their biases are trained.
"""
import json
import sys

import torch
import torch.nn.functional as F

network = json.loads(sys.stdin.readline())
torch.manual_seed(1)
trained = []
weights = {}


def variable(shape, scale):
    tensor = (torch.randn(shape) * scale).requires_grad_()
    trained.append(tensor)
    return tensor


for layer in network["layers"]:
    if "size" not in layer:
        continue
    side = layer["size"]
    is_depthwise = layer["kind"] == "DepthwiseConv2D"
    fan_in = side * side * (1 if is_depthwise else layer["before"])
    shape = (layer["after"], 1 if is_depthwise else layer["before"], side, side)
    scale = (1.0 / fan_in) ** 0.5
    kernel = torch.randn(shape) * scale if is_depthwise else variable(shape, scale)
    if not is_depthwise:
        kernel.data = kernel.data.contiguous(memory_format=torch.channels_last)
    weights[layer["name"]] = (kernel, variable((layer["after"],), 0.01))

head_kernel = variable((network["classes"], network["features"]), 0.05)
head_bias = variable((network["classes"],), 0.0)
optimizer = torch.optim.AdamW(trained, lr=0.0, weight_decay=0.01)
average = [tensor.detach().clone() for tensor in trained]

height, width, channels = network["map"]
maps = torch.randn(network["batchSize"], channels, height, width).contiguous(memory_format=torch.channels_last)
labels = torch.arange(network["batchSize"]) % network["classes"]
ACTIVATIONS = {"relu6": F.relu6, "relu": F.relu, "linear": lambda x: x}


def convolve(layer, x):
    kernel, bias = weights[layer["name"]]
    stride, size = layer["stride"], layer["size"]
    # TensorFlow's `same` puts the odd pixel of padding behind.
    total = max((-(-x.shape[-1] // stride) - 1) * stride + size - x.shape[-1], 0)
    before, after = total // 2, total - total // 2
    if before != after:
        x, before = F.pad(x, (before, after, before, after)), 0
    groups = layer["before"] if layer["kind"] == "DepthwiseConv2D" else 1
    return ACTIVATIONS[layer["activation"]](F.conv2d(x, kernel, bias, stride, before, groups=groups))


def step():
    outputs = {network["at"]: maps}
    for layer in network["layers"]:
        inputs = [outputs[name] for name in layer["inputs"]]
        if layer["kind"] == "Add":
            outputs[layer["name"]] = inputs[0] + inputs[1]
        elif layer["kind"] == "GlobalAveragePooling2D":
            outputs[layer["name"]] = inputs[0].mean((2, 3))
        else:
            outputs[layer["name"]] = convolve(layer, inputs[0])
    features = F.dropout(outputs[network["layers"][-1]["name"]], 0.2)
    loss = F.cross_entropy(F.linear(features, head_kernel, head_bias), labels, label_smoothing=0.1)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 5.0)
    optimizer.step()
    with torch.no_grad():
        torch._foreach_lerp_(average, trained, 0.01)


print("ready", flush=True)
for _ in sys.stdin:
    step()
    print("done", flush=True)
