import type { VicidialState, VicidialUser } from './state.ts';

export interface FunctionCall {
  readonly name: string;
  readonly value: (field: string) => string;
  readonly parameters: URLSearchParams;
  readonly state: VicidialState;
  readonly user: VicidialUser;
  readonly timeZone: string;
  readonly url: string;
}

/** Returns the lines of the answer. */
export type NonAgentFunction = (call: FunctionCall) => readonly string[];
