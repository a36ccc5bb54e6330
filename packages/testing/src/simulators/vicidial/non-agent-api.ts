import { htmlReply } from '../replies.ts';
import type { Reply, SimulatorRequest } from '../simulator.ts';
import { leadFunctions } from './lead-functions.ts';
import { readFunctions } from './read-functions.ts';
import type { FunctionCall, NonAgentFunction } from './function-call.ts';

const functions: Readonly<Record<string, NonAgentFunction>> = {
  ...leadFunctions,
  ...readFunctions,
};

/** `/vicidial/non_agent_api.php`: leads, lists and reports. */
export function answerNonAgentApi(
  { parameters }: SimulatorRequest,
  rest: Omit<FunctionCall, 'name' | 'parameters' | 'value'>,
): Reply {
  const name = parameters.get('function') ?? '';
  const run = functions[name];
  if (!run) return htmlReply('ERROR: NO FUNCTION SPECIFIED\n');
  const value = (field: string) => parameters.get(field) ?? '';
  return htmlReply(`${run({ ...rest, name, parameters, value }).join('\n')}\n`);
}
