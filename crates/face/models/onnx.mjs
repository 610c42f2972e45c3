// Writes ONNX models: the few messages of onnx.proto that a network without branches needs.

/** A message of protocol buffers: fields, one after the other. */
class Message {
  #parts = [];

  /** A field with a number in it. */
  integer(field, value) {
    this.#parts.push(varint(field << 3), varint(value));
    return this;
  }

  /** A field with bytes, text or another message in it. */
  bytes(field, value) {
    const bytes = value instanceof Message ? value.finish() : Buffer.from(value);
    this.#parts.push(varint((field << 3) | 2), varint(bytes.length), bytes);
    return this;
  }

  finish() {
    return Buffer.concat(this.#parts);
  }
}

function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

const FLOAT = 1;
const INT64 = 7;

/** Numbers with a shape: weights, or what a layer is told. */
export class Tensor {
  constructor(shape, data) {
    const size = shape.reduce((product, side) => product * side, 1);
    if (size !== data.length) throw new Error(`${data.length} numbers are no tensor of ${shape}`);
    this.shape = shape;
    this.data = data;
  }

  /** A tensor of whole numbers. */
  static integers(numbers) {
    return new Tensor([numbers.length], BigInt64Array.from(numbers, BigInt));
  }

  /** The same numbers with their axes in another order. */
  transpose(order) {
    const strides = this.shape.map((_, axis) => this.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    const shape = order.map((axis) => this.shape[axis]);
    const data = new this.data.constructor(this.data.length);
    const position = shape.map(() => 0);
    for (let index = 0; index < data.length; index++) {
      data[index] = this.data[order.reduce((sum, axis, i) => sum + position[i] * strides[axis], 0)];
      for (let axis = shape.length - 1; axis >= 0 && ++position[axis] === shape[axis]; axis--) position[axis] = 0;
    }
    return new Tensor(shape, data);
  }

  reshape(shape) {
    return new Tensor(shape, this.data);
  }
}

/** A network that is put together layer by layer; a layer is known by the name of what comes out of it. */
export class Graph {
  #nodes = [];
  #weights = [];

  constructor(name, inputShape) {
    this.name = name;
    this.inputShape = inputShape;
    this.input = "input";
  }

  /** Weights under a name of their own. */
  constant(tensor) {
    const name = `w${this.#weights.length}`;
    this.#weights.push(tensorMessage(name, tensor));
    return name;
  }

  /** A layer; inputs are names or tensors. */
  add(operator, inputs, attributes = {}, output = `t${this.#nodes.length}`) {
    const node = new Message();
    for (const input of inputs) node.bytes(1, input instanceof Tensor ? this.constant(input) : input);
    node.bytes(2, output).bytes(4, operator);
    for (const [name, value] of Object.entries(attributes)) node.bytes(5, attribute(name, value));
    this.#nodes.push(node);
    return output;
  }

  /** The whole model as bytes; `outputs` are names of layers with the shapes of what comes out. */
  finish(outputs) {
    const graph = new Message();
    for (const node of this.#nodes) graph.bytes(1, node);
    graph.bytes(2, this.name);
    for (const weights of this.#weights) graph.bytes(5, weights);
    graph.bytes(11, valueInfo(this.input, this.inputShape));
    for (const [name, shape] of outputs) graph.bytes(12, valueInfo(name, shape));
    return new Message().integer(1, 8).bytes(7, graph).bytes(8, new Message().bytes(1, "").integer(2, 17)).finish();
  }
}

function tensorMessage(name, { shape, data }) {
  const message = new Message();
  for (const side of shape) message.integer(1, side);
  message.integer(2, data instanceof BigInt64Array ? INT64 : FLOAT);
  return message.bytes(8, name).bytes(9, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
}

/** An attribute of a layer: a whole number, several, or a word. */
function attribute(name, value) {
  const message = new Message().bytes(1, name);
  if (typeof value === "string") return message.bytes(4, value).integer(20, 3);
  if (typeof value === "number") return message.integer(3, value).integer(20, 2);
  for (const number of value) message.integer(8, number);
  return message.integer(20, 7);
}

function valueInfo(name, shape) {
  const sides = new Message();
  for (const side of shape) sides.bytes(1, new Message().integer(1, side));
  const tensor = new Message().integer(1, FLOAT).bytes(2, sides);
  return new Message().bytes(1, name).bytes(2, new Message().bytes(1, tensor));
}
