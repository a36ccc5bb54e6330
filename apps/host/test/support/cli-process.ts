import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
/** Where Node.js keeps what it has made of the sources: else each command takes the types out of hundreds of files anew, half of its time. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));

/** `finaz-telephony` in a process of its own, from the sources. */
interface CliProcess {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with its exit code; `null`: ended by a signal. */
  readonly ended: Promise<number | null>;
  /** Nobody reads what it writes from here on. */
  readonly closeStdout: () => void;
  readonly signal: (name: 'SIGKILL' | 'SIGTERM' | 'SIGINT' | 'SIGUSR2') => Promise<number | null>;
}

export function startCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder?: string,
): CliProcess {
  const child = spawn(
    process.execPath,
    ['--conditions=@finaz-telephony/source', '--disable-warning=ExperimentalWarning', cli, ...args],
    {
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: compiled, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(folder !== undefined && { cwd: folder }),
    },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, 'close').then(() => child.exitCode);
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    closeStdout: () => void child.stdout.destroy(),
    signal(name) {
      child.kill(name);
      return ended;
    },
  };
}

/** Runs a command to its end. */
export async function runCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder?: string,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const { ended, stdout, stderr } = startCli(args, environment, folder);
  const code = await ended;
  return { code, stdout: stdout(), stderr: stderr() };
}

/** A host that can be killed. @param folder where it is started @returns it, and where it listens */
export async function startHostProcess(
  environment: Readonly<Record<string, string>>,
  folder?: string,
): Promise<CliProcess & { readonly url: string }> {
  const host = startCli(['serve'], { PORT: '0', LOG_LEVEL: 'info', ...environment }, folder);
  let hasEnded = false;
  void host.ended.then(() => {
    hasEnded = true;
  });
  for (;;) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(`${host.stdout()}${host.stderr()}`) ?? [];
    if (url !== undefined) return { ...host, url };
    if (hasEnded) throw new Error(`the host has ended:\n${host.stdout()}${host.stderr()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
