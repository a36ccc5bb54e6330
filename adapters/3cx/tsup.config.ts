import { library } from '@finaz-telephony/config/tsup';

export default library({ entry: ['src/index.ts'] });
