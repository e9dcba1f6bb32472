/**
 * @module scripts/bicep/server
 * The compiler as a server: it talks JSON-RPC over its standard streams. One process compiles everything, since to start
 * one takes five seconds of a processor, and a template that it has seen before a fifth of that.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { type Compiler, CompilerError, compilerEnvironment } from './compiler.ts';

const HEADER_END = '\r\n\r\n';
/** On a machine at work on much else; alone a call takes a second or two, the first one five. */
const MOST_SECONDS = 120;

interface Waiting {
  resolve: (result: never) => void;
  reject: (error: Error) => void;
}

export interface Diagnostic {
  source: string;
  /** From 0. */
  range: { start: { line: number; char: number } };
  level: string;
  code: string;
  message: string;
}

export class CompilerServer {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting = new Map<number, Waiting>();
  private received = Buffer.alloc(0);
  private errors = '';
  private lastId = 0;

  constructor({ program }: Pick<Compiler, 'program'>) {
    this.child = spawn(program, ['jsonrpc', '--stdio'], { env: compilerEnvironment(process.env) });
    this.child.stdout.on('data', (chunk: Buffer) => this.take(chunk));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors = `${this.errors}${text}`.slice(-2000);
    });
    // A write to one that is gone is told by its end.
    this.child.stdin.on('error', () => {});
    this.child.on('error', (error) => this.fail(`can't be started: ${error.message}`));
    this.child.on('close', (code, signal) => this.fail(`ended (${signal ?? code}). ${this.errors.trim()}`));
  }

  /** What the compiler and its linter say of a template and its modules, and the ARM template where it compiles. */
  compile(path: string): Promise<{ success: boolean; diagnostics: Diagnostic[]; contents: string | null }> {
    return this.call('bicep/compile', { path });
  }

  /** The text of a file as the formatter has it. */
  async format(path: string): Promise<string> {
    const { contents } = await this.call<{ contents: string }>('bicep/format', { path });
    return contents;
  }

  /** The snapshot of a parameters file, in JSON. Throws {@link CompilerError} where it doesn't compile. */
  async snapshot(path: string, metadata: Record<string, string>): Promise<string> {
    const { snapshot } = await this.call<{ snapshot: string }>('bicep/getSnapshot', {
      path,
      metadata,
      externalInputs: [],
    });
    return snapshot;
  }

  /** What is said of a parameters file. */
  async compileParameters(path: string): Promise<Diagnostic[]> {
    const parameterOverrides = {};
    const { diagnostics } = await this.call<{ diagnostics: Diagnostic[] }>('bicep/compileParams', {
      path,
      parameterOverrides,
    });
    return diagnostics;
  }

  /** Ends the server; what is asked of it then fails. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    // It takes SIGTERM for a fault. The end of its input ends it, and what doesn't within a second isn't waited for.
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 1000);
    await ended;
    clearTimeout(timer);
  }

  private call<T>(method: string, params: object): Promise<T> {
    const id = ++this.lastId;
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    const timer = setTimeout(() => {
      this.fail(`does not answer ${method} within ${MOST_SECONDS} s`);
      this.child.kill('SIGKILL');
    }, MOST_SECONDS * 1000);
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}${HEADER_END}${body}`);
    }).finally(() => clearTimeout(timer));
  }

  private take(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    for (;;) {
      const end = this.received.indexOf(HEADER_END);
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.received.toString('utf8', 0, end))?.[1]);
      const begin = end + HEADER_END.length;
      if (!Number.isInteger(length)) {
        this.fail('speaks no JSON-RPC');
        return;
      }
      if (this.received.length < begin + length) return;
      const message = JSON.parse(this.received.toString('utf8', begin, begin + length));
      this.received = this.received.subarray(begin + length);
      this.answer(message);
    }
  }

  private answer({ id, result, error }: { id: number; result?: unknown; error?: { message: string } }): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(result as never);
    else waiting?.reject(new CompilerError(error.message));
  }

  private fail(reason: string): void {
    for (const { reject } of this.waiting.values()) reject(new CompilerError(`The Bicep compiler ${reason}`));
    this.waiting.clear();
  }
}
