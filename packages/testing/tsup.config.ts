import { library } from '@finaz-telephony/config/tsup';

export default library({
  entry: {
    index: 'src/index.ts',
    'conformance/index': 'src/conformance/index.ts',
    'simulators/index': 'src/simulators/index.ts',
  },
});
