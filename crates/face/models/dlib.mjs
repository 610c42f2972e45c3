// Builds the residual network of dlib's face recognition from the weights that face-api has of it.
import { Graph, Tensor } from "./onnx.mjs";
import { weights } from "./tfjs.mjs";

/** The blocks after the first: the one that halves the picture, and those that keep its size. */
const STAGES = [
  ["conv64_down", "conv64_1", "conv64_2", "conv64_3"],
  ["conv128_down", "conv128_1", "conv128_2"],
  ["conv256_down", "conv256_1", "conv256_2"],
  ["conv256_down_out"],
];

const SIDE = 150;

/** The ONNX model: a picture of 150 pixels a side in, 128 numbers out. */
export function convert(name, manifest, bytes) {
  const network = new Network(name, weights(manifest.flatMap((group) => group.weights), bytes));
  return network.finish();
}

class Network {
  constructor(name, found) {
    this.graph = new Graph(name, [1, 3, SIDE, SIDE]);
    this.weights = found;
  }

  finish() {
    let layer = this.convolution(this.graph.input, "conv32_down", 2, 0);
    layer = this.graph.add("Relu", [layer]);
    layer = this.graph.add("MaxPool", [layer], { kernel_shape: [3, 3], strides: [2, 2] });
    for (const block of ["conv32_1", "conv32_2", "conv32_3"]) layer = this.residual(layer, block);
    let picture = { side: halved(halved(SIDE, 7), 3), channels: 32 };
    for (const [first, ...others] of STAGES) {
      [layer, picture] = this.residualDown(layer, first, picture);
      for (const block of others) layer = this.residual(layer, block);
    }
    layer = this.graph.add("GlobalAveragePool", [layer]);
    layer = this.graph.add("Flatten", [layer]);
    layer = this.graph.add("MatMul", [layer, this.weights.get("fc")]);
    return this.graph.finish([[layer, [1, 128]]]);
  }

  /** A convolution with the scale and the offset that follow it worked in. */
  convolution(layer, path, stride, margin) {
    const kernel = this.weights.get(`${path}/conv/filters`).transpose([3, 2, 0, 1]);
    const [scale, offset] = ["weights", "biases"].map((part) => this.weights.get(`${path}/scale/${part}`).data);
    const each = kernel.data.length / scale.length;
    const bias = this.weights.get(`${path}/conv/bias`).data.map((bias, i) => bias * scale[i] + offset[i]);
    const scaled = kernel.data.map((weight, i) => weight * scale[Math.floor(i / each)]);
    const inputs = [layer, new Tensor(kernel.shape, scaled), new Tensor([bias.length], bias)];
    const size = kernel.shape.slice(2);
    return this.graph.add("Conv", inputs, { kernel_shape: size, strides: [stride, stride], pads: Array(4).fill(margin) });
  }

  /** Two convolutions, added to what goes in. */
  residual(layer, block) {
    const first = this.graph.add("Relu", [this.convolution(layer, `${block}/conv1`, 1, 1)]);
    const second = this.convolution(first, `${block}/conv2`, 1, 1);
    return this.graph.add("Relu", [this.graph.add("Add", [layer, second])]);
  }

  /** The same with half the size, and more channels: what is missing on either side is zero. */
  residualDown(layer, block, { side, channels }) {
    const first = this.graph.add("Relu", [this.convolution(layer, `${block}/conv1`, 2, 0)]);
    let second = this.convolution(first, `${block}/conv2`, 1, 1);
    let beside = this.graph.add("AveragePool", [layer], { kernel_shape: [2, 2], strides: [2, 2] });
    const wanted = { side: Math.floor(side / 2), channels: this.weights.get(`${block}/conv2/conv/bias`).data.length };
    second = this.pad(second, { channels: 0, side: wanted.side - halved(side, 3) });
    beside = this.pad(beside, { channels: wanted.channels - channels, side: 0 });
    return [this.graph.add("Relu", [this.graph.add("Add", [beside, second])]), wanted];
  }

  pad(layer, { channels, side }) {
    if (channels === 0 && side === 0) return layer;
    return this.graph.add("Pad", [layer, Tensor.integers([0, 0, 0, 0, 0, channels, side, side])]);
  }
}

/** The side of a picture after a kernel went over it in steps of two. */
function halved(side, kernel) {
  return Math.floor((side - kernel) / 2) + 1;
}
