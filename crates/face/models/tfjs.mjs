// Converts graph models of TensorFlow.js: convolutional networks as MediaPipe's, and nothing else.
//
// TensorFlow has the colours of a pixel beside each other, ONNX a plane for each colour; so do the
// models that come out of here, at their input too.
import { Graph, Tensor } from "./onnx.mjs";

/** Weights by name, of one binary file. */
export function weights(manifest, bytes) {
  const found = new Map();
  let offset = 0;
  for (const { name, shape, dtype, quantization } of manifest) {
    const size = shape.reduce((product, side) => product * side, 1);
    const { width, read } = READERS[quantization?.dtype ?? dtype];
    const view = new DataView(bytes.buffer, bytes.byteOffset + offset, size * width);
    const { scale = 1, min = 0 } = quantization ?? {};
    const data = Float32Array.from({ length: size }, (_, i) => Math.fround(read(view, i * width) * scale + min));
    found.set(name, new Tensor(shape, data));
    offset += size * width;
  }
  if (offset !== bytes.length) throw new Error(`the weights have ${bytes.length} bytes, not ${offset}`);
  return found;
}

const READERS = {
  float32: { width: 4, read: (view, at) => view.getFloat32(at, true) },
  float16: { width: 2, read: (view, at) => half(view.getUint16(at, true)) },
  int32: { width: 4, read: (view, at) => view.getInt32(at, true) },
  uint8: { width: 1, read: (view, at) => view.getUint8(at) },
};

/** A number of 16 bits (IEEE 754 binary16). */
function half(bits) {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) throw new Error("a weight is no number");
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The ONNX model of `outputs`, each the name of a layer with the shape of what comes out. */
export function convert(name, model, bytes, inputShape, outputs) {
  const converter = new Converter(name, model, bytes, inputShape);
  const results = outputs.map(([layer, shape]) => [converter.layer(layer), shape]);
  return converter.graph.finish(results);
}

class Converter {
  #nodes;
  #weights;
  #done = new Map();

  constructor(name, { modelTopology, weightsManifest }, bytes, inputShape) {
    this.graph = new Graph(name, inputShape);
    this.#nodes = new Map(modelTopology.node.map((node) => [node.name, node]));
    this.#weights = weights(weightsManifest.flatMap((group) => group.weights), bytes);
  }

  /** The name in the graph of what comes out of a layer, which is converted with all that it needs. */
  layer(name) {
    if (!this.#done.has(name)) {
      const node = this.#nodes.get(name);
      const convert = LAYERS[node.op];
      if (!convert) throw new Error(`${name} is a layer of an unknown kind, ${node.op}`);
      this.#done.set(name, convert(this, node));
    }
    return this.#done.get(name);
  }

  weight(name) {
    return this.#weights.get(name);
  }
}

const text = (value) => Buffer.from(value.s, "base64").toString();
const numbers = (value) => value.list.i.map(Number);

/** How an operator moves over a picture: its steps and its margins. */
function movement({ strides, padding }) {
  const [, down, across] = numbers(strides);
  return { strides: [down, across], auto_pad: { SAME: "SAME_UPPER", VALID: "VALID" }[text(padding)] };
}

function convolution(converter, node, kernel, group) {
  const [input, , ...rest] = node.input;
  const fused = (node.attr.fused_ops?.list.s ?? []).map((s) => text({ s }));
  const inputs = [converter.layer(input), kernel];
  if (fused[0] === "BiasAdd") inputs.push(converter.weight(rest.shift()));
  const output = converter.graph.add("Conv", inputs, { ...movement(node.attr), kernel_shape: kernel.shape.slice(2), group });
  const [activation] = fused.filter((name) => name !== "BiasAdd");
  if (activation === undefined) return output;
  if (activation === "Relu") return converter.graph.add("Relu", [output]);
  if (activation === "Prelu") return prelu(converter, output, rest.shift());
  throw new Error(`${node.name} has an unknown activation, ${activation}`);
}

function prelu(converter, input, name) {
  const slope = converter.weight(name);
  return converter.graph.add("PRelu", [input, slope.reshape([slope.data.length, 1, 1])]);
}

const LAYERS = {
  Placeholder: (converter) => converter.graph.input,
  Identity: (converter, { input }) => converter.layer(input[0]),
  _FusedConv2D(converter, node) {
    return convolution(converter, node, converter.weight(node.input[1]).transpose([3, 2, 0, 1]), 1);
  },
  DepthwiseConv2dNative(converter, node) {
    const kernel = converter.weight(node.input[1]);
    const [height, width, channels, times] = kernel.shape;
    const kernels = kernel.transpose([2, 3, 0, 1]).reshape([channels * times, 1, height, width]);
    return convolution(converter, node, kernels, channels);
  },
  AddV2: (converter, { input }) => converter.graph.add("Add", input.map((name) => converter.layer(name))),
  Relu: (converter, { input }) => converter.graph.add("Relu", [converter.layer(input[0])]),
  Sigmoid: (converter, { input }) => converter.graph.add("Sigmoid", [converter.layer(input[0])]),
  Prelu: (converter, { input }) => prelu(converter, converter.layer(input[0]), input[1]),
  MaxPool(converter, { input, attr }) {
    const [, height, width] = numbers(attr.ksize);
    return converter.graph.add("MaxPool", [converter.layer(input[0])], { ...movement(attr), kernel_shape: [height, width] });
  },
  Pad(converter, { input }) {
    const margins = converter.weight(input[1]).data;
    const [before, after] = [0, 1].map((side) => [0, 3, 1, 2].map((axis) => margins[2 * axis + side]));
    return converter.graph.add("Pad", [converter.layer(input[0]), Tensor.integers([...before, ...after])]);
  },
  Reshape(converter, { input }) {
    const beside = converter.graph.add("Transpose", [converter.layer(input[0])], { perm: [0, 2, 3, 1] });
    return converter.graph.add("Reshape", [beside, Tensor.integers(Array.from(converter.weight(input[1]).data))]);
  },
};
