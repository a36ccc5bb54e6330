/** A load of answered calls for one or more hosts, with one or several calls in a request. Records which calls were acknowledged. */
export interface EventLoad {
  readonly acknowledged: ReadonlySet<string>;
  /** The calls of each request with several, whether it was acknowledged or not. */
  readonly together: readonly (readonly string[])[];
  /** Requests that got no answer, or an answer other than 200. */
  readonly failures: () => readonly string[];
  readonly stop: () => Promise<void>;
}

export interface EventLoadOptions {
  /** Address of the host for the next request. */
  readonly target: () => string;
  readonly workers: number;
  /** One event in this many is repeated, as vendors do. */
  readonly repeatEvery: number;
  /** One request in this many reports several calls, for a company of `saveTenant`; none does if absent. */
  readonly severalEvery?: number;
}

const several = (name: string) => Array.from({ length: 300 }, (_, index) => `${name}-${index}`);
const operators = ['1001', '1002'];

/** A list as telephone systems send it: also with the beginning and end of each call, with one row twice, and with one that cannot be used. */
function listOf(callIds: readonly string[]): string {
  const rows = callIds.flatMap((call, index) => {
    const agent = operators[index % operators.length];
    return ['ringing', 'answered', 'ended'].map((event) => ({
      event,
      call,
      to: '41999998888',
      agent,
    }));
  });
  const [, second] = rows;
  return JSON.stringify([...rows, second, { event: 'answered', agent: '1001' }]);
}

export function startEventLoad({
  target,
  workers,
  repeatEvery,
  severalEvery = Infinity,
}: EventLoadOptions): EventLoad {
  const acknowledged = new Set<string>();
  const together: string[][] = [];
  const failures: string[] = [];
  let isRunning = true;
  let sent = 0;

  async function tell(callIds: readonly string[], send: () => Promise<Response>): Promise<void> {
    try {
      const response = await send();
      await response.arrayBuffer();
      if (response.status === 200) for (const callId of callIds) acknowledged.add(callId);
      else failures.push(`${response.status}`);
    } catch (error) {
      const { cause = error } = error instanceof Error ? error : {};
      failures.push(cause instanceof Error ? cause.message : 'no answer');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function work(): Promise<void> {
    while (isRunning) {
      sent += 1;
      const contactId = sent;
      const callId = `load-${contactId}`;
      const times = contactId % repeatEvery === 0 ? 2 : 1;
      const isSeveral = contactId % severalEvery === 0;
      const callIds = isSeveral ? several(callId) : [callId];
      if (isSeveral) together.push(callIds);
      const query = `pid=${contactId}&num=41999998888&cid=${callId}&ramal=1001&empresaId=1042`;
      for (let time = 0; time < times; time += 1)
        await tell(callIds, () =>
          isSeveral
            ? fetch(`${target()}/callbacks/1042/dialer`, { method: 'POST', body: listOf(callIds) })
            : fetch(`${target()}/telephony-proxy/atendimentodiscador?${query}`),
        );
    }
  }

  const running = Promise.all(Array.from({ length: workers }, work));
  return {
    acknowledged,
    together,
    failures: () => failures,
    async stop() {
      isRunning = false;
      await running;
    },
  };
}
