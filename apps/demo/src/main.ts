import process from 'node:process';
import { createLogger, readEnvironment, serve, StartError } from '@finaz-telephony/host';
import { startVendorServer } from '@finaz-telephony/testing';
import { runDemo } from './demo.ts';
import { showOn } from './show.ts';

const [option] = process.argv.slice(2);
if (option !== undefined) {
  const usage = 'npm start takes no options; PORT, DATA_DIR and others come from the environment';
  (option === '--help' ? console.log : console.error)(usage);
  process.exit(option === '--help' ? 0 : 2);
}

async function main(): Promise<void> {
  // The whole demonstration runs on this machine, so the host may reach the loopback network, which stays shut in production. DRAIN_SECONDS is 0,
  // because nobody has to be moved to another host before it ends.
  const environment = readEnvironment({
    LOG_LEVEL: 'warn',
    DRAIN_SECONDS: '0',
    ...process.env,
    EGRESS_ALLOW: [process.env['EGRESS_ALLOW'], '127.0.0.0/8'].filter(Boolean).join(','),
  });
  const show = showOn(process.stdout);
  const vendor = await startVendorServer({ callIdPrefix: `call-${Date.now().toString(36)}-` });
  const host = await serve(environment, createLogger(environment.logLevel));
  let isStopping = false;
  const stop = () => {
    isStopping = true;
    show.last('Stopping …');
    host
      .stop()
      .then(() => vendor.close())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    await runDemo({
      hostUrl: host.url,
      newAdminKey: host.newAdminKey,
      environment,
      vendor,
      show,
    });
  } catch (error) {
    // Whoever stops the demonstration midway takes the host away from it: this error is no failure.
    if (!isStopping) throw error;
  }
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(2);
});
