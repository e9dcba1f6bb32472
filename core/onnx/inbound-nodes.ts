/**
 * @module core/onnx/inbound-nodes
 * Who feeds a layer, as the versions of Keras write it.
 */

type Json = unknown;

/** `['conv', 0, 0]` or `['conv', 0, 0, {}]`: a layer's name, the number of the call, the number of the output. */
function isReference(value: Json): value is [string, number, number] {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number';
}

/**
 * The layers whose outputs `node` names, in order, whatever the nesting: references of Keras 2, or Keras 3's
 * `{class_name: '__keras_tensor__', config: {keras_history: [name, call, output]}}` within `args` and `kwargs`.
 */
export function tensorReferences(node: Json): string[] {
  if (isReference(node)) return [node[0]];
  if (Array.isArray(node)) return node.flatMap(tensorReferences);
  if (node === null || typeof node !== 'object') return [];
  const { class_name, config, args, kwargs } = node as Record<string, Json>;
  if (class_name === '__keras_tensor__') {
    return tensorReferences((config as { keras_history?: Json } | undefined)?.keras_history);
  }
  const named = kwargs !== null && typeof kwargs === 'object' ? Object.values(kwargs) : [];
  return [...tensorReferences(args), ...named.flatMap(tensorReferences)];
}

/** The calls of a layer, each as the layers that feed it. Some files leave out the list around a single call. */
export function inboundCalls(inboundNodes: Json): string[][] {
  if (!Array.isArray(inboundNodes) || inboundNodes.length === 0) return [];
  if (isReference(inboundNodes) || isReference(inboundNodes[0])) return [tensorReferences(inboundNodes)];
  return inboundNodes.map(tensorReferences);
}
