// npm run build: compiles src/ to build/, copies the SQL and Lua files, writes the oclif manifest. `--if-stale` does nothing when build/ is from these sources.
// `--keep-going` puts a build in place in spite of errors, for work on a part while another is in pieces.
// Types are not checked here: that is a step of `npm test`.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, glob, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const build = join(root, 'build');
const assets = ['sql', 'lua'];

/**
 * The hash of everything that the build is made from, as hexadecimal text.
 * @returns {Promise<string>}
 */
async function sourceHash() {
  const hash = createHash('sha256');
  for (const path of (await sourceFiles()).sort((left, right) => (left < right ? -1 : 1)))
    hash.update(`${path}\0`).update(await readFile(join(root, path)));
  return hash.digest('hex');
}

async function sourceFiles() {
  const patterns = [
    `src/**/*.{ts,${assets.join()}}`,
    'tsconfig*.json',
    'package.json',
    'scripts/{build,manifest}.mjs',
  ];
  const paths = [];
  for await (const path of glob(patterns, { cwd: root })) paths.push(path);
  return paths;
}

async function builtHash() {
  try {
    return await readFile(join(build, '.sources'), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Compiles into a folder of its own and then puts that in the place of the old one: nobody meets half a build, and no file of a deleted source stays behind.
 * @param {string} hash
 * @param {boolean} keepGoing
 */
async function compile(hash, keepGoing) {
  await mkdir(join(root, 'tmp'), { recursive: true });
  const next = await mkdtemp(join(root, 'tmp', 'build-'));
  const complaints = [];
  /** @param {string[]} command */
  const step = async (command) => {
    try {
      await run(process.execPath, command, { cwd: root });
    } catch (error) {
      if (!keepGoing) throw error;
      complaints.push(error);
    }
  };
  try {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    await step([tsc, '-p', 'tsconfig.build.json', '--noCheck', '--outDir', join(next, 'build')]);
    for await (const path of glob(`**/*.{${assets.join()}}`, { cwd: join(root, 'src') })) {
      await mkdir(dirname(join(next, 'build', path)), { recursive: true });
      await cp(join(root, 'src', path), join(next, 'build', path));
    }
    await rename(build, join(next, 'previous')).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(join(next, 'build'), build);
    await step([join(root, 'scripts', 'manifest.mjs')]);
    // last: a build without this mark is made again
    if (complaints.length === 0) await writeFile(join(build, '.sources'), hash);
  } finally {
    await rm(next, { recursive: true, force: true });
  }
  return complaints;
}

const hash = await sourceHash();
if (!process.argv.includes('--if-stale') || (await builtHash()) !== hash) {
  let complaints;
  try {
    complaints = await compile(hash, process.argv.includes('--keep-going'));
  } catch (error) {
    complaints = [error];
  }
  for (const error of complaints)
    process.stderr.write(`${[error.stdout, error.stderr].join('').trim() || error.stack}\n`);
  if (complaints.length > 0) {
    process.stderr.write('The build failed.\n');
    process.exitCode = 1;
  }
}
