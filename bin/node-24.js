import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Runs the program `moduleUrl` again, on the Node 24 that the npm package `node` brought: same arguments, same streams. Signals are passed on, and this process ends as the other
 * did. Where that Node is not installed, says what to type and sets exit code 1.
 * @param {string} moduleUrl
 * @returns {Promise<void>}
 */
export async function continueOnNode24(moduleUrl) {
  const node = installedNode(moduleUrl);
  if (!node) {
    process.stderr.write(
      `Spillway needs Node 24 or newer; this is ${process.version}. In ${fileURLToPath(new URL('..', moduleUrl))}, type: npm ci (it brings Node 24 along)\n`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [fileURLToPath(moduleUrl), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'])) {
    process.on(signal, () => {
      // the terminal sends Ctrl-C and Ctrl-\ to both processes: passed on, they would count twice
      const fromTerminal = (signal === 'SIGINT' || signal === 'SIGQUIT') && process.stdin.isTTY;
      if (!fromTerminal) child.kill(signal);
    });
  }
  const [code, signal] = await once(child, 'exit');
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exitCode = code;
  }
}

/**
 * The package stands beside this one, or further up when npm installed Spillway as a dependency.
 * @param {string} moduleUrl
 * @returns {string | undefined}
 */
function installedNode(moduleUrl) {
  const require = createRequire(moduleUrl);
  for (const folder of require.resolve.paths('node/package.json') ?? []) {
    const node = join(folder, 'node', 'bin', 'node');
    if (existsSync(node) && existsSync(join(dirname(dirname(node)), 'package.json'))) return node;
  }
  return undefined;
}
