import { library } from '@finaz-telephony/config/tsup';

export default library({
  // The thread for checkpoints is a file of its own.
  entry: ['src/index.ts', 'src/cli.ts', 'src/store/checkpoint-worker.ts'],
  // The page of the API reference comes with the package: hosts have no need to load it from elsewhere.
  onSuccess: 'node scripts/copy-api-reference.mjs',
});
