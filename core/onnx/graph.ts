/**
 * @module core/onnx/graph
 * Builds an ONNX graph and writes it by the published ONNX schema (protobuf). The same calls give the same bytes.
 */
import type { onnx } from 'onnx-proto';
// A CommonJS module whose names Node can't see: only its default import works in Node, Jest and esbuild alike.
import onnxProto from 'onnx-proto';

/** ONNX 1.13; onnxruntime 1.30 reads up to IR 13, so there is room on both sides. */
const IR_VERSION = 8;
const OPSET = 17;

/** TensorProto.DataType of the ONNX schema. */
export const TYPE = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;

export type Dimensions = readonly (number | string)[];
type Data = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

/** Numbers are ONNX's `int`, lists `ints`; a float says so. */
export type Attributes = Record<string, number | readonly number[] | { float: number }>;

export interface NodeOptions {
  /** The tensor's name; a number is added where it is taken. */
  name: string;
  attributes?: Attributes;
}

function typeOf(data: Data): number {
  if (data instanceof Float32Array) return TYPE.float;
  if (data instanceof Uint8Array) return TYPE.uint8;
  if (data instanceof Int8Array) return TYPE.int8;
  return data instanceof Int32Array ? TYPE.int32 : TYPE.int64;
}

function attributeProto(name: string, value: Attributes[string]): onnx.IAttributeProto {
  const { AttributeType } = onnxProto.onnx.AttributeProto;
  if (typeof value === 'number') return { name, i: value, type: AttributeType.INT };
  if ('float' in value) return { name, f: value.float, type: AttributeType.FLOAT };
  return { name, ints: [...value], type: AttributeType.INTS };
}

function valueInfo(name: string, elemType: number, dimensions: Dimensions): onnx.IValueInfoProto {
  const dim = dimensions.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

export class GraphBuilder {
  private readonly nodes: onnx.INodeProto[] = [];
  private readonly initializers: onnx.ITensorProto[] = [];
  private readonly inputs: onnx.IValueInfoProto[] = [];
  private readonly outputs: onnx.IValueInfoProto[] = [];
  /** The names given, each with the number that was last put behind it. */
  private readonly taken: Map<string, number>;

  /** `reserved`: names that only {@link input} and {@link output} give. */
  constructor(reserved: readonly string[]) {
    this.taken = new Map(reserved.map((name) => [name, 0]));
  }

  input(name: string, type: number, dimensions: Dimensions): void {
    this.inputs.push(valueInfo(name, type, dimensions));
  }

  /** Gives the tensor `value` (float32) out under `name`. */
  output(name: string, value: string, dimensions: Dimensions): void {
    this.nodes.push({ opType: 'Identity', name, input: [value], output: [name] });
    this.outputs.push(valueInfo(name, TYPE.float, dimensions));
  }

  /** Adds a constant and returns its name. */
  constant(name: string, dims: readonly number[], data: Data): string {
    const unique = this.unique(name);
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.push({ name: unique, dims: [...dims], dataType: typeOf(data), rawData });
    return unique;
  }

  /** A single float32. */
  scalar(name: string, value: number): string {
    return this.constant(name, [], Float32Array.of(value));
  }

  /** A list of int64, as ONNX takes shapes. */
  integers(name: string, values: readonly number[]): string {
    return this.constant(name, [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Adds a node of one output and returns the output's name. */
  node(opType: string, input: string[], { name, attributes = {} }: NodeOptions): string {
    const output = this.unique(name);
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
    this.nodes.push({ opType, name: output, input, output: [output], attribute });
    return output;
  }

  /** The file. */
  toBytes(): Uint8Array {
    const model = {
      irVersion: IR_VERSION,
      producerName: 'pawprint',
      opsetImport: [{ domain: '', version: OPSET }],
      graph: {
        name: 'pawprint',
        node: this.nodes,
        initializer: this.initializers,
        input: this.inputs,
        output: this.outputs,
      },
    };
    const bytes = onnxProto.onnx.ModelProto.encode(model).finish();
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private unique(name: string): string {
    let candidate = name;
    let count = this.taken.get(name) ?? 0;
    while (this.taken.has(candidate)) candidate = `${name}~${++count}`;
    this.taken.set(name, count).set(candidate, this.taken.get(candidate) ?? 0);
    return candidate;
  }
}
