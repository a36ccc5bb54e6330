import type { Reply, SimulatorRequest } from '../simulator.ts';
import { failure } from './failure.ts';
import type { MailingList, ThreeCPlusState } from './state.ts';

/** The campaign in the address; 404 if there is none. */
export const inCampaign =
  (state: ThreeCPlusState, handle: (campaign: string, request: SimulatorRequest) => Reply) =>
  (request: SimulatorRequest): Reply => {
    const [campaign = ''] = request.parts;
    return state.campaigns.includes(campaign)
      ? handle(campaign, request)
      : failure(404, 'Not Found', 'Campanha não encontrada.');
  };

/** The list in the address, in its campaign; 404 if there is none. */
export const inList = (
  state: ThreeCPlusState,
  handle: (list: MailingList, request: SimulatorRequest) => Reply,
) =>
  inCampaign(state, (campaign, request) => {
    const list = state.list(campaign, request.parts[1] ?? '');
    return list ? handle(list, request) : failure(404, 'Not Found', 'Lista não encontrada.');
  });
