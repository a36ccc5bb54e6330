// Speed against a bare baseline in the same run: only the ratios mean something.
//   node bench/src/main.ts --help
import { benchCall, benchEvent, benchNodeRed, benchScreen } from './call-benches.ts';
import { benchLanguage } from './language.ts';
import { benchFile, benchNeighbour, benchRequests, benchResults } from './mailing-benches.ts';
import { names, type BenchName } from './options.ts';
import { stopAll } from './processes.ts';
import { benchRecording } from './recording-bench.ts';

const benches: Readonly<Record<BenchName, () => Promise<void>>> = {
  event: benchEvent,
  screen: benchScreen,
  call: benchCall,
  nodered: benchNodeRed,
  recording: benchRecording,
  requests: benchRequests,
  file: benchFile,
  results: benchResults,
  neighbour: benchNeighbour,
  language: benchLanguage,
};
try {
  for (const name of names) await benches[name]();
} finally {
  await stopAll();
}
