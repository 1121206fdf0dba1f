import { onnx } from 'onnx-proto';

/** Element types used here, as ONNX numbers them. */
export const ELEMENT = { f32: 1, u8: 2, i8: 3, i32: 6, i64: 7 } as const;
export type ElementType = keyof typeof ELEMENT;

/** Where a weight lies in the weights file that the graph points to. */
export interface WeightEntry {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly offset: number;
  readonly length: number;
}

type Attribute = number | readonly number[] | { readonly float: number };
type Dimension = number | string;

const MICROSOFT = 'com.microsoft';

/**
 * Collects nodes, inputs and outputs of one ONNX graph. A value is its name; every helper returns the name of
 * what it made. Weights stay in their own file (external data), so that several graphs share one copy and the
 * runtime maps it into memory instead of reading it.
 */
export class OnnxGraph {
  private readonly nodes: onnx.INodeProto[] = [];
  private readonly inputs: onnx.IValueInfoProto[] = [];
  private readonly outputs: onnx.IValueInfoProto[] = [];
  private readonly initializers: onnx.ITensorProto[] = [];
  private readonly known = new Set<string>();
  /** Names that values bear as outputs, by the names they were made under. */
  private readonly outputNames = new Map<string, string>();
  private counter = 0;

  constructor(
    private readonly weights: ReadonlyMap<string, WeightEntry>,
    private readonly weightsFile: string,
  ) {}

  input(name: string, type: ElementType, dims: readonly Dimension[]): string {
    this.inputs.push(valueInfo(name, type, dims));
    return name;
  }

  /**
   * Declares `value`, which a node made, an output under `name`. The node itself writes it: a copy costs a node
   * of its own, and is made only for a value that is an output already.
   */
  output(name: string, value: string, type: ElementType, dims: readonly Dimension[]): void {
    if (this.outputNames.has(value)) this.node('Identity', [value], {}, 1, '', [name]);
    else this.outputNames.set(value, name);
    this.outputs.push(valueInfo(name, type, dims));
  }

  /** Adds a node and returns its first output. Pass `outputs` for their number or to skip some (`''`). */
  op(opType: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    return this.node(opType, inputs, attributes, 1)[0];
  }

  /** As `op`, for a contributed operator of ONNX Runtime. */
  microsoft(opType: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    return this.node(opType, inputs, attributes, 1, MICROSOFT)[0];
  }

  /**
   * Adds a node with `outputs` outputs; an output whose place holds false in `used` is left out, and a text there
   * is its name: a graph's output that is to be written in place must be the node's own.
   */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute>,
    outputs: number,
    domain = '',
    used: readonly (boolean | string)[] = [],
  ): string[] {
    const stem = `${opType}_${this.counter++}`;
    const names = Array.from({ length: outputs }, (_, i) => {
      const name = used[i] ?? true;
      if (typeof name === 'string') return name;
      if (!name) return '';
      return outputs === 1 ? stem : `${stem}:${i}`;
    });
    this.nodes.push({
      opType,
      domain,
      name: stem,
      input: [...inputs],
      output: names,
      attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
    });
    return names;
  }

  /** A weight of the weights file. */
  weight(name: string, dims?: readonly number[]): string {
    const entry = this.entry(name);
    const shape = dims ?? entry.dims;
    const id = `${name}[${shape.join(',')}]`;
    if (!this.known.has(id)) {
      this.known.add(id);
      this.initializers.push({
        name: id,
        dataType: ELEMENT[entry.type],
        dims: [...shape],
        dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
        externalData: [
          { key: 'location', value: this.weightsFile },
          { key: 'offset', value: String(entry.offset) },
          { key: 'length', value: String(entry.length) },
        ],
      });
    }
    return id;
  }

  hasWeight(name: string): boolean {
    return this.weights.has(name);
  }

  /** The shape of a weight of the weights file. */
  dims(name: string): readonly number[] {
    return this.entry(name).dims;
  }

  /** A small constant written into the graph itself. Without `dims`, a vector of its values. */
  constant(
    type: 'f32' | 'i64' | 'u8',
    values: readonly number[],
    dims: readonly number[] = [values.length],
  ): string {
    const id = `${type}(${values.join(',')})[${dims.join(',')}]`;
    if (!this.known.has(id)) {
      this.known.add(id);
      this.initializers.push({
        name: id,
        dataType: ELEMENT[type],
        dims: [...dims],
        rawData: rawBytes(type, values),
      });
    }
    return id;
  }

  scalar(value: number): string {
    return this.constant('f32', [value], []);
  }

  private entry(name: string): WeightEntry {
    const entry = this.weights.get(name);
    if (entry === undefined) throw new Error(`the weights file has no ${name}`);
    return entry;
  }

  /** The model as an ONNX file: IR version 10, opset 23 with ONNX Runtime's own operators. */
  serialise(): Uint8Array {
    const finalName = (value: string): string => this.outputNames.get(value) ?? value;
    const nodes = this.nodes.map(({ input, output, ...node }) => ({
      ...node,
      input: input?.map(finalName),
      output: output?.map(finalName),
    }));
    return onnx.ModelProto.encode({
      irVersion: 10,
      producerName: 'draftscope',
      opsetImport: [
        { domain: '', version: 23 },
        { domain: MICROSOFT, version: 1 },
      ],
      graph: {
        name: 'decoder',
        node: nodes,
        input: this.inputs,
        output: this.outputs,
        initializer: this.initializers,
      },
    }).finish();
  }
}

function valueInfo(name: string, type: ElementType, dims: readonly Dimension[]): onnx.IValueInfoProto {
  return {
    name,
    type: {
      tensorType: {
        elemType: ELEMENT[type],
        shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })) },
      },
    },
  };
}

/** A plain number or list is an integer attribute; `{ float }` a float. */
function attributeProto(name: string, value: Attribute): onnx.IAttributeProto {
  const { AttributeType } = onnx.AttributeProto;
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

function rawBytes(type: 'f32' | 'i64' | 'u8', values: readonly number[]): Uint8Array {
  switch (type) {
    case 'f32':
      return new Uint8Array(Float32Array.from(values).buffer);
    case 'i64':
      return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    case 'u8':
      return Uint8Array.from(values);
  }
}
