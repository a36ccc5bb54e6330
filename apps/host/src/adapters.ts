import threeCx from '@finaz-telephony/adapter-3cx';
import asterisk from '@finaz-telephony/adapter-asterisk';
import genericHttp from '@finaz-telephony/adapter-generic-http';
import { installAdapter, type InstalledAdapter } from './tenants/installed-adapter.ts';

/** The adapters that every host has. No other file of the host names an adapter: adding one takes a dependency and a line here. */
export const bundledAdapters: readonly InstalledAdapter[] = [
  installAdapter(genericHttp),
  installAdapter(asterisk),
  installAdapter(threeCx),
];
