/** Sends answered calls to one or more hosts, and remembers which were acknowledged. */
export interface EventLoad {
  readonly acknowledged: ReadonlySet<string>;
  /** Requests that ended in no answer or in an answer other than 200. */
  readonly failures: () => readonly string[];
  readonly stop: () => Promise<void>;
}

export interface EventLoadOptions {
  /** Where the next request goes. */
  readonly target: () => string;
  readonly workers: number;
  /** Repeats one event in so many, as vendors do. */
  readonly repeatEvery: number;
}

export function startEventLoad({ target, workers, repeatEvery }: EventLoadOptions): EventLoad {
  const acknowledged = new Set<string>();
  const failures: string[] = [];
  let isRunning = true;
  let sent = 0;

  async function work(): Promise<void> {
    while (isRunning) {
      sent += 1;
      const contactId = sent;
      const callId = `load-${contactId}`;
      const times = contactId % repeatEvery === 0 ? 2 : 1;
      for (let time = 0; time < times; time += 1) {
        const query = `pid=${contactId}&num=41999998888&cid=${callId}&ramal=1001&empresaId=1042`;
        try {
          const response = await fetch(`${target()}/telephony-proxy/atendimentodiscador?${query}`);
          await response.arrayBuffer();
          if (response.status === 200) acknowledged.add(callId);
          else failures.push(`${response.status}`);
        } catch (error) {
          const { cause = error } = error instanceof Error ? error : {};
          failures.push(cause instanceof Error ? cause.message : 'no answer');
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    }
  }

  const running = Promise.all(Array.from({ length: workers }, work));
  return {
    acknowledged,
    failures: () => failures,
    async stop() {
      isRunning = false;
      await running;
    },
  };
}
