import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startLoopbackServer } from '@finaz-telephony/testing';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/** A host in its own process, so that a check can kill it. */
export interface HostProcess {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly output: () => string;
  /** Kills the process with SIGKILL; resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** Asks it to stop; resolves with its exit code. */
  readonly terminate: () => Promise<number | null>;
}

export async function startHostProcess(
  environment: Readonly<Record<string, string>>,
  port: number,
): Promise<HostProcess> {
  const child = spawn(process.execPath, [cli, 'serve'], {
    env: { ...process.env, LOG_LEVEL: 'warn', ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const gone = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`the host ended with ${child.exitCode}:\n${output}`);
    const isReady = await fetch(`${url}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (isReady) break;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return {
    url,
    port,
    child,
    output: () => output,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async terminate() {
      child.kill('SIGTERM');
      await gone;
      return child.exitCode;
    },
  };
}

export async function freePort(): Promise<number> {
  const { port, close } = await startLoopbackServer(() => undefined);
  await close();
  return port;
}
