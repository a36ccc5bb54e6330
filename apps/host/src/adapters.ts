import threeCx from '@finaz-telephony/adapter-3cx';
import asterisk from '@finaz-telephony/adapter-asterisk';
import genericHttp from '@finaz-telephony/adapter-generic-http';
import { installAdapter, type InstalledAdapter } from './tenants/installed-adapter.ts';

/** The adapters that every host has. This is the only file of the host that names one: adding an adapter is a dependency and a line. */
export const bundledAdapters: readonly InstalledAdapter[] = [
  installAdapter(genericHttp),
  installAdapter(asterisk),
  installAdapter(threeCx),
];
