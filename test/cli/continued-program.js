// Stands for bin/run.js on an older Node: its first start continues in a second, which says what it got.
import { continueOnNode24 } from '../../bin/node-24.js';

if (process.env.SECOND_START === undefined) {
  process.env.SECOND_START = 'yes';
  await continueOnNode24(import.meta.url);
} else {
  process.stdout.write(JSON.stringify({ node: process.version, argv: process.argv.slice(2) }));
  if (process.argv[2] === 'wait') {
    process.once('SIGTERM', () => process.exit(43));
    process.stderr.write('waiting');
    setInterval(() => {}, 1000);
  } else {
    process.exitCode = 42;
  }
}
