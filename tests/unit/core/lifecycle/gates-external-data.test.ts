/** The gate that a model which lies in more than its own file doesn't pass. */
import onnxProto, { type onnx } from 'onnx-proto';
import { InvalidModelError } from '../../../../core/errors.ts';
import { checkSelfContained } from '../../../../core/lifecycle/gates/self-contained.ts';
import { aGoldenAsker, type GoldenAsker } from '../../../helpers/golden-asker.ts';

const { TensorProto, AttributeProto } = onnxProto.onnx;

let asker: GoldenAsker;
beforeAll(async () => {
  asker = await aGoldenAsker();
});
afterEach(() => asker.free());

// Field case 48.
describe('weights in another file', () => {
  const external = (location: string): onnx.ITensorProto => ({
    name: 'w',
    dims: [1],
    dataType: 1,
    dataLocation: TensorProto.DataLocation.EXTERNAL,
    externalData: [{ key: 'location', value: location }],
  });
  const constant = (attribute: onnx.IAttributeProto): onnx.INodeProto => ({
    opType: 'Constant',
    output: ['c'],
    attribute: [attribute],
  });
  const { AttributeType } = AttributeProto;
  const subgraph = (graph: onnx.IGraphProto) =>
    constant({ name: 'then_branch', type: AttributeType.GRAPH, g: graph });
  const add = (list: unknown, item: unknown) => (list as unknown[]).push(item);

  it.each([
    ['beside the model', 'w.bin', (m: onnx.ModelProto) => add(m.graph!.initializer, external('w.bin'))],
    [
      'above it',
      '../../etc/passwd',
      (m: onnx.ModelProto) => add(m.graph!.initializer, external('../../etc/passwd')),
    ],
    [
      'at an address in memory',
      '*/_ORT_MEM_ADDR_/*',
      (m: onnx.ModelProto) => add(m.graph!.initializer, external('*/_ORT_MEM_ADDR_/*')),
    ],
    [
      'of a constant',
      'w.bin',
      (m: onnx.ModelProto) =>
        add(m.graph!.node, constant({ name: 'value', type: AttributeType.TENSOR, t: external('w.bin') })),
    ],
    [
      'of a list of tensors',
      'w.bin',
      (m: onnx.ModelProto) =>
        add(
          m.graph!.node,
          constant({ name: 'values', type: AttributeType.TENSORS, tensors: [external('w.bin')] }),
        ),
    ],
    [
      'in a subgraph of a subgraph',
      'w.bin',
      (m: onnx.ModelProto) =>
        add(m.graph!.node, subgraph({ node: [subgraph({ initializer: [external('w.bin')] })] })),
    ],
    [
      'of a sparse tensor',
      'w.bin',
      (m: onnx.ModelProto) => add(m.graph!.sparseInitializer, { values: external('w.bin') }),
    ],
    [
      'in a function',
      'w.bin',
      (m: onnx.ModelProto) =>
        add(m.functions, {
          name: 'f',
          node: [constant({ name: 'value', type: AttributeType.TENSOR, t: external('w.bin') })],
        }),
    ],
  ])(
    '%s are refused before the runtime sees them, so no file is asker.opened',
    async (_, location, change) => {
      const { loads, parity } = await asker.ask(asker.changed(change));
      expect(loads.passed).toBe(false);
      expect(loads.reason).toBe(
        `model.onnx: The weights "w" lie in another file, ${JSON.stringify(location)}. Save the model as a single file.`,
      );
      expect(parity.passed).toBe(false);
      // What would open the file is ONNX Runtime.
      expect(asker.opened).toEqual([]);
    },
  );

  it('are refused whichever of the two signs of them there is', () => {
    const signs: onnx.ITensorProto[] = [
      { ...external('w.bin'), externalData: [] },
      { ...external('w.bin'), dataLocation: TensorProto.DataLocation.DEFAULT },
    ];
    for (const tensor of signs) {
      const bytes = asker.changed((model) => add(model.graph!.initializer, tensor));
      expect(() => checkSelfContained(bytes)).toThrow(InvalidModelError);
    }
  });

  it('are in neither of our files', () => {
    for (const precision of ['float32', 'int8'] as const)
      expect(() => checkSelfContained(asker.files[precision])).not.toThrow();
  });
});
