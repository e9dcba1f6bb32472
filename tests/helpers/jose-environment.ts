/**
 * @module tests/helpers/jose-environment
 * The usual environment, with jose: it is an ES module, which Node can load and Jest's own module system can't.
 *
 *     jest.mock('jose', () => joseOfNode);
 */
import * as jose from 'jose';
import OnnxEnvironment from './onnx-environment.ts';

export default class JoseEnvironment extends OnnxEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    Object.assign(this.global, { joseOfNode: jose });
  }
}
