// npm run demo: brings what is missing, then plays the incident and its resolution in the lab. Arguments go to `spillway lab demo`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterSetup, root } from './setup.mjs';

await afterSetup(import.meta.url, async (argv) => {
  const build = spawn(process.execPath, [join(root, 'scripts', 'build.mjs'), '--if-stale'], {
    stdio: 'inherit',
  });
  if ((await once(build, 'exit'))[0] !== 0) return 1;
  const child = spawn(process.execPath, [join(root, 'bin', 'run.js'), 'lab', 'demo', ...argv], {
    stdio: 'inherit',
  });
  // Ctrl-C reaches the demo from the terminal too: it ends what it has begun, and this waits for that
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
  const [code] = await once(child, 'exit');
  return code ?? 1;
});
