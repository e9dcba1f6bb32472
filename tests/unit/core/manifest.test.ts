import { InferenceSession, Tensor } from 'onnxruntime-node';
import { displayName } from '../../../core/manifest.ts';
test('x', () => { expect(displayName('american_bulldog')).toBe('American Bulldog'); const t = new Tensor('float32', new Float32Array(3), [3]); expect(t.dims).toEqual([3]); expect(InferenceSession).toBeDefined(); });
