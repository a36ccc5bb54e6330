import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The invented telephone system of `docs/first-connection.md`, as its reader starts it. */
export interface LigueMais {
  readonly url: string;
  /** What it has printed: a line for each request. */
  readonly lines: readonly string[];
  /** All its sessions have lapsed. */
  readonly forgetSessions: () => void;
  readonly stop: () => Promise<void>;
}

const program = fileURLToPath(
  new URL('../../../../docs/examples/ligue-mais/vendor.mjs', import.meta.url),
);

/** @param answeredAddress what it requests when an operator answers */
export async function startLigueMais(answeredAddress: string): Promise<LigueMais> {
  const child = spawn(process.execPath, [program], {
    env: { PORT: '0', ATENDIMENTO: answeredAddress },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const printed = createInterface({ input: child.stdout });
  printed.on('line', (line) => lines.push(line));
  await once(printed, 'line');
  const url = /http:\S+$/.exec(lines[0] ?? '')?.[0];
  if (url === undefined) throw new Error(`the telephone system said ${lines[0]}`);
  return {
    url,
    lines,
    forgetSessions: () => child.kill('SIGUSR2'),
    async stop() {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}
