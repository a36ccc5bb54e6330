export { startArgus, type ArgusOptions, type ArgusSimulator } from './argus/index.ts';
export type { JournalEntry, Simulator, SimulatorOptions } from './simulator.ts';
export {
  startThreeCPlus,
  type ThreeCPlusOptions,
  type ThreeCPlusSimulator,
} from './three-c-plus/index.ts';
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
export { startUContact, type UContactOptions, type UContactSimulator } from './ucontact/index.ts';
export { startVicidial, type VicidialOptions, type VicidialSimulator } from './vicidial/index.ts';
