// Speed against a bare baseline in the same run: only the ratios mean something.
//   node bench/src/main.ts [event] [screen] [call] [nodered] [recording] [requests] [file] [results] [neighbour] [language] [--seconds N] [--rounds N] [--contacts N]
import { benchCall, benchEvent, benchNodeRed, benchScreen } from './call-benches.ts';
import { benchLanguage } from './language.ts';
import { benchFile, benchNeighbour, benchRequests, benchResults } from './mailing-benches.ts';
import { names } from './options.ts';
import { stopAll } from './processes.ts';
import { benchRecording } from './recording-bench.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
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
const chosen = names.length === 0 ? Object.keys(benches) : names;
try {
  for (const name of chosen) {
    const bench = benches[name];
    if (!bench)
      throw new Error(`there is no bench "${name}"; there is ${Object.keys(benches).join(', ')}`);
    await bench();
  }
} finally {
  await stopAll();
}
