export type { ArgusCall } from './argus/report.ts';
export { startArgus, type ArgusOptions, type ArgusSimulator } from './argus/index.ts';
export type { JournalEntry, Reply, Simulator, SimulatorOptions } from './simulator.ts';
export type { ThreeCPlusState } from './three-c-plus/state.ts';
export {
  startThreeCPlus,
  type ThreeCPlusOptions,
  type ThreeCPlusSimulator,
} from './three-c-plus/index.ts';
export type { TotalVoiceState } from './totalvoice/state.ts';
export {
  operatorWith,
  startThreeCx,
  type ThreeCxAssumptions,
  type ThreeCxOptions,
  type ThreeCxSimulator,
} from './three-cx/index.ts';
export {
  startTotalVoice,
  type TotalVoiceOptions,
  type TotalVoiceSimulator,
} from './totalvoice/index.ts';
export type { UContactState } from './ucontact/state.ts';
export { startUContact, type UContactOptions, type UContactSimulator } from './ucontact/index.ts';
export type { VicidialState } from './vicidial/state.ts';
export { startVicidial, type VicidialOptions, type VicidialSimulator } from './vicidial/index.ts';
