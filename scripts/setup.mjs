// The steps that `npm run demo` and `npm test` take before their work. Runs on Node 20 and without any package, until `bringDependencies` has been.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { continueOnNode24 } from '../bin/node-24.js';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Something that a person must do, or do otherwise; `message` says it whole. */
export class SetupError extends Error {
  name = 'SetupError';
}

/**
 * Brings packages, Node 24 and servers, then calls `work` on Node 24 with the arguments of the command line. Each step looks first and does nothing when there is nothing
 * to do. Sets the exit code: what `work` gives, or 1 with one message when something throws a SetupError.
 * @param {string} scriptUrl the script that calls, for its second start on Node 24
 * @param {(argv: string[]) => Promise<number>} work
 * @param {{pooler?: boolean}} needs `pooler`: pgbouncer, too, which only the tests start
 */
export async function afterSetup(scriptUrl, work, { pooler = false } = {}) {
  try {
    bringDependencies();
    if (Number.parseInt(process.versions.node, 10) < 24) {
      await continueOnNode24(scriptUrl);
      return;
    }
    await bringServers(pooler);
    process.exitCode = await work(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

/** `npm ci`, when the packages are not those of package-lock.json. */
function bringDependencies() {
  const stamp = join(root, 'node_modules', '.spillway-lock');
  const lockFile = join(root, 'package-lock.json');
  const lock = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  const node = join(root, 'node_modules', 'node', 'bin', 'node');
  const stamped = existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined;
  if (stamped === lock && existsSync(node)) return;
  // npm writes this file at the end of every install; newer than the lock file means that somebody has typed `npm ci` or `npm install` since
  const installed = join(root, 'node_modules', '.package-lock.json');
  const byHand = existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockFile).mtimeMs;
  if (!byHand || !existsSync(node)) {
    say('Installing the packages (npm ci) …');
    // the tools of this project are development dependencies, whatever NODE_ENV says
    if (runCommand(npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])) !== 0)
      throw new SetupError('The packages could not be installed. To see why, type: npm ci');
    if (!existsSync(node))
      throw new SetupError(
        'The npm package "node" did not bring its Node 24: its install script did not run. Type: npm ci --ignore-scripts=false --allow-scripts=node',
      );
  }
  writeFileSync(stamp, lock);
}

/** The npm that runs this script, so that it is the same version; else the one on PATH. */
function npm(args) {
  const path = process.env.npm_execpath;
  return path && /\.c?js$/.test(path) ? [process.execPath, path, ...args] : ['npm', ...args];
}

/** PostgreSQL and Redis (and pgbouncer): found, or installed by the platform's package manager. */
async function bringServers(pooler) {
  const missing = await missingServers(pooler);
  if (missing.length === 0) return;
  say(missing.map((error) => error.message).join('\n'));
  const packages = missing.map((error) => error.details.server);
  if (existsSync('/usr/bin/apt-get')) installWithApt(packages);
  else if (process.platform === 'darwin') installWithHomebrew(packages);
  else throw new SetupError(manually(missing));
  const still = await missingServers(pooler);
  if (still.length > 0) throw new SetupError(manually(still));
}

async function missingServers(pooler) {
  const { findPostgres, findRedis } = await import('../src/lib/backends/binaries.ts');
  const finders = [findPostgres, findRedis];
  if (pooler) finders.push((await import('../test/servers/find-pgbouncer.ts')).findPgbouncer);
  const results = await Promise.allSettled(finders.map((find) => find(process.env)));
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  for (const reason of reasons) {
    if (reason.code === 'usage') throw new SetupError(reason.message);
    if (!reason.details?.server) throw reason;
  }
  return reasons;
}

function manually(errors) {
  const commands = errors.flatMap((error) => error.suggestions);
  return `${errors.map((error) => error.message).join('\n')}\nThis could not be done here. Type: ${commands.join(' && ')}`;
}

const aptPackages = { postgres: 'postgresql', redis: 'redis-server', pgbouncer: 'pgbouncer' };
const homebrewPackages = { postgres: 'postgresql@17', redis: 'redis', pgbouncer: 'pgbouncer' };

function installWithApt(servers) {
  const names = servers.map((server) => aptPackages[server]);
  const isRoot = process.getuid() === 0;
  const byHand = `sudo apt-get update && sudo apt-get install -y ${names.join(' ')}`;
  if (!isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0)
    throw new SetupError(
      `Spillway needs ${names.join(' and ')}, and this user may not install packages without a password. Type: ${byHand}`,
    );
  const prefix = isRoot ? ['env'] : ['sudo', '-n', 'env'];
  const asRoot = (...command) => runCommand([...prefix, 'DEBIAN_FRONTEND=noninteractive', ...command]);
  // Debian would create a cluster and start it on port 5432. This drop-in file is read by the package's own script, and only while it is there.
  const dropIn = '/etc/postgresql-common/createcluster.d/spillway-setup.conf';
  const guard = servers.includes('postgres');
  say(`Installing ${names.join(' and ')} with apt-get …`);
  try {
    if (guard)
      asRoot('sh', '-c', `mkdir -p "$(dirname ${dropIn})" && echo "create_main_cluster = false" > ${dropIn}`);
    if (asRoot('apt-get', 'update', '-q') !== 0)
      say('apt-get update reported errors; going on with the lists there are.');
    if (asRoot('apt-get', 'install', '-y', '-q', '--no-install-recommends', ...names) !== 0)
      throw new SetupError(`apt-get could not install ${names.join(' and ')}. To see why, type: ${byHand}`);
  } finally {
    if (guard) asRoot('rm', '-f', dropIn);
  }
  // the lab and the tests start servers of their own: those that Debian starts for the whole machine were not asked for
  for (const service of names.filter((name) => name !== aptPackages.postgres)) {
    asRoot('invoke-rc.d', '--quiet', service, 'stop');
    asRoot('update-rc.d', service, 'disable');
  }
}

function installWithHomebrew(servers) {
  const names = servers.map((server) => homebrewPackages[server]);
  const byHand = `brew install ${names.join(' ')}`;
  if (spawnSync('brew', ['--version'], { stdio: 'ignore' }).status !== 0)
    throw new SetupError(
      `Spillway needs ${names.join(' and ')}. With Homebrew (https://brew.sh), type: ${byHand}`,
    );
  say(`Installing ${names.join(' and ')} with Homebrew …`);
  if (runCommand(['brew', 'install', ...names]) !== 0)
    throw new SetupError(`Homebrew could not install ${names.join(' and ')}. To see why, type: ${byHand}`);
}

/** Runs a command with our standard error as its output, and gives its exit code (1 when it could not start). */
function runCommand([program, ...args]) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error) say(`${program}: ${error.message}`);
  return status ?? 1;
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
