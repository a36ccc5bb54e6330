import { library } from '@finaz-telephony/config/tsup';

export default library({
  entry: { index: 'src/index.ts', 'template/index': 'src/template/index.ts' },
});
