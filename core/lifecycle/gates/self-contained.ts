/**
 * @module core/lifecycle/gates/self-contained
 * An ONNX file is all there is of a model: it may name no other file.
 */
import onnxProto from 'onnx-proto';
import { InvalidModelError, messageOf } from '../../errors.ts';

type Tensor = InstanceType<typeof onnxProto.onnx.TensorProto>;

/**
 * Throws {@link InvalidModelError} for bytes that aren't an ONNX model, and for one whose weights lie in another file
 * ("external data" of the ONNX schema), in whichever subgraph, attribute or function. Looked at before ONNX Runtime
 * gets it: that would open the path that the model names, or read memory at an address that it names.
 */
export function checkSelfContained(onnx: Uint8Array): void {
  const { ModelProto, TensorProto } = onnxProto.onnx;
  let external: Tensor | undefined;
  let hasGraph: boolean;
  try {
    const model = ModelProto.decode(onnx);
    hasGraph = (model.graph?.node?.length ?? 0) > 0;
    external = findTensor(model, (tensor) => {
      return tensor.dataLocation === TensorProto.DataLocation.EXTERNAL || tensor.externalData.length > 0;
    });
  } catch (error) {
    throw new InvalidModelError(`It is not an ONNX file, or not all of one: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (!hasGraph) throw new InvalidModelError('It is not an ONNX file: there is no graph in it.');
  if (external !== undefined) {
    const location = external.externalData.find(({ key }) => key === 'location')?.value ?? '';
    throw new InvalidModelError(
      `The weights ${JSON.stringify(external.name)} lie in another file, ${JSON.stringify(location)}. Save the model as a single file.`,
    );
  }
}

/** The first tensor anywhere in a message of the ONNX schema of which `isMeant` is true. */
function findTensor(message: unknown, isMeant: (tensor: Tensor) => boolean): Tensor | undefined {
  if (message instanceof onnxProto.onnx.TensorProto) return isMeant(message) ? message : undefined;
  if (typeof message !== 'object' || message === null || ArrayBuffer.isView(message)) return undefined;
  for (const part of Object.values(message)) {
    const found = findTensor(part, isMeant);
    if (found !== undefined) return found;
  }
  return undefined;
}
