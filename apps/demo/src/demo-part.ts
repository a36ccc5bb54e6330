import type { VendorServer } from '@finaz-telephony/testing';
import type { ofetch } from 'ofetch';
import type { Show } from './show.ts';

/** What each part of the demonstration works with. */
export interface DemoPart {
  /** The API of the demo company. */
  readonly tenant: typeof ofetch;
  readonly tenantUrl: string;
  readonly key: string;
  readonly vendor: VendorServer;
  readonly show: Show;
  /** Shows that something was done, and what came of it. */
  readonly step: (title: string, outcome: string) => void;
}
