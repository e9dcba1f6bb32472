/**
 * @module tests/helpers/golden-asker
 * A tiny version's ONNX files, changed as a test needs them, before the gates that ask the golden inputs.
 */
import onnxProto, { type onnx } from 'onnx-proto';
import type { Golden } from '../../core/golden.ts';
import { loadSession, type Session } from '../../core/inference/session.ts';
import { convertFiles } from '../../core/lifecycle/convert-version.ts';
import { type AskOptions, askGolden } from '../../core/lifecycle/gates/answers.ts';
import type { Precision } from '../../core/manifest.ts';
import type { Gate } from '../../core/registry/schema.ts';
import { aTinyVersion, goldenOf, type TinyVersion } from './tiny-version.ts';

const { ModelProto } = onnxProto.onnx;

export interface GoldenAsker {
  tiny: TinyVersion;
  golden: Golden;
  files: Record<Precision, Buffer>;
  /** Every session so far. */
  opened: Session[];
  openSession(onnx: Uint8Array): Promise<Session>;
  /** Asks `onnx` as the float32 file of the tiny version, unless `changes` say otherwise. */
  ask(
    onnx: Uint8Array | undefined,
    changes?: Partial<AskOptions>,
  ): Promise<{ loads: Gate; parity: Gate; session?: Session }>;
  /** The float32 file with its protobuf changed. */
  changed(change: (model: onnx.ModelProto) => void): Buffer;
  free(): Promise<void>;
}

export async function aGoldenAsker(): Promise<GoldenAsker> {
  const tiny = await aTinyVersion();
  const golden = goldenOf(tiny);
  const files = convertFiles(tiny.manifest, tiny.files);
  const opened: Session[] = [];
  const openSession = async (onnx: Uint8Array) => {
    const session = await loadSession(onnx);
    opened.push(session);
    return session;
  };
  return {
    tiny,
    golden,
    files,
    opened,
    openSession,
    async ask(onnx, changes = {}) {
      const { gates, ...rest } = await askGolden({
        precision: 'float32',
        manifest: tiny.manifest,
        onnx: onnx && Buffer.from(onnx),
        golden,
        openSession,
        ...changes,
      });
      return { loads: gates[0]!, parity: gates[1]!, ...rest };
    },
    changed(change) {
      // A copy: what is decoded lies in the bytes that were given.
      const model = ModelProto.decode(Buffer.from(files.float32));
      change(model as onnx.ModelProto);
      return Buffer.from(ModelProto.encode(model).finish());
    },
    async free() {
      for (const session of opened.splice(0)) await session.dispose();
    },
  };
}
