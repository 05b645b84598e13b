// npm test: brings what is missing, then every check and every test. `npm test -- --only lint,unit` does some; what follows (a path, `-t name`) goes to vitest.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterSetup, root, SetupError } from './setup.mjs';

const results = join(root, 'tmp', 'test');

/** Comes first, whatever else is chosen. The rest goes on after a failure: it says more about the cause. */
const build = {
  name: 'build',
  title: 'build',
  command: [join(root, 'scripts', 'build.mjs'), '--if-stale', '--keep-going'],
};
/** Read-only checks, run two at a time, in this order. */
const checks = [
  {
    name: 'format',
    title: 'format and lint (biome)',
    command: tool('@biomejs/biome/bin/biome', 'check', '.'),
  },
  { name: 'lint', title: 'type-aware lint (oxlint)', command: tool('oxlint/bin/oxlint', '--deny-warnings') },
  { name: 'types', title: 'types (tsc)', command: tool('typescript/bin/tsc', '-p', 'tsconfig.json') },
  { name: 'imports', title: 'import rules and cycles', command: vitest(['architecture'], []) },
  {
    name: 'unused',
    title: 'unused files, exports and dependencies (knip)',
    command: tool('knip/bin/knip.js'),
  },
  {
    name: 'readme',
    title: 'README has the present commands',
    command: [join(root, 'scripts', 'readme-commands.mjs'), '--check'],
  },
];
/** Folders of `test/` that are vitest projects of the same name; they run together, `e2e` after the others. */
const suites = ['unit', 'contract', 'integration', 'cli', 'fault', 'e2e'];

function tool(path, ...args) {
  return [join(root, 'node_modules', path), ...args];
}

function vitest(projects, args) {
  const report = join(results, `${projects.join('-')}.json`);
  return tool(
    'vitest/vitest.mjs',
    ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    ...projects.flatMap((project) => ['--project', project]),
    ...args,
  );
}

/** Runs one step. Its output goes to the terminal as it comes when `live`, else it is kept for `print`. */
async function runStep({ name, title, command }, { live = false } = {}) {
  if (live) heading(title);
  const startedAt = performance.now();
  const child = spawn(process.execPath, command, {
    cwd: root,
    stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(live ? {} : { NO_COLOR: '1' }) },
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
  const [code] = await once(child, 'close');
  const seconds = (performance.now() - startedAt) / 1000;
  return { name, title, passed: code === 0, seconds, output };
}

/** Prints a finished step: its heading, its result, and what it said when it failed. */
function print({ title, passed, seconds, output }) {
  heading(title);
  if (!passed) process.stdout.write(Buffer.concat(output));
  process.stdout.write(`${passed ? 'ok' : 'FAILED'} (${seconds.toFixed(1)} s)\n`);
}

function heading(title) {
  process.stdout.write(`\n== ${title} ==\n`);
}

/** Runs steps two at a time, and prints them in their own order. */
async function twoAtATime(steps) {
  const slots = steps.map((step) => ({ step, ...Promise.withResolvers() }));
  const waiting = [...slots];
  const lane = async () => {
    for (let slot = waiting.shift(); slot; slot = waiting.shift()) slot.resolve(await runStep(slot.step));
  };
  const lanes = Promise.all([lane(), lane()]);
  const done = [];
  for (const { promise } of slots) {
    // a lane that fails rejects here too: its slot would never be filled
    const step = await Promise.race([promise, lanes.then(() => promise)]);
    print(step);
    done.push(step);
  }
  return done;
}

/** What vitest reported in a file, by project of the test's folder; a file that could not be loaded counts as one failed test. */
async function countTests(report) {
  const counts = new Map();
  if (!existsSync(report)) return counts;
  const { testResults } = JSON.parse(await readFile(report, 'utf8'));
  for (const file of testResults) {
    const project = relative(join(root, 'test'), file.name).split('/')[0];
    const count = counts.get(project) ?? { passed: 0, failed: 0, skipped: 0 };
    for (const { status } of file.assertionResults)
      count[status === 'passed' ? 'passed' : status === 'failed' ? 'failed' : 'skipped'] += 1;
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'))
      count.failed += 1;
    counts.set(project, count);
  }
  return counts;
}

function parse(argv) {
  const at = argv.indexOf('--only');
  const names = [...checks.map(({ name }) => name), ...suites];
  if (at === -1) return { chosen: names, rest: argv };
  const chosen = (argv[at + 1] ?? '').split(',');
  const unknown = chosen.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new SetupError(`--only takes names out of: ${names.join(', ')}; not "${unknown.join(', ')}".`);
  return { chosen, rest: argv.toSpliced(at, 2) };
}

async function test(argv) {
  const { chosen, rest } = parse(argv);
  await rm(results, { recursive: true, force: true });
  await mkdir(results, { recursive: true });
  const steps = [
    ...(await twoAtATime([build])),
    ...(await twoAtATime(checks.filter(({ name }) => chosen.includes(name)))),
  ];
  const projects = suites.filter((name) => chosen.includes(name));
  if (projects.length > 0) {
    const title = `tests: ${projects.join(', ')}`;
    steps.push(await runStep({ name: 'tests', title, command: vitest(projects, rest) }, { live: true }));
  }
  const counts = new Map([
    ...(await countTests(join(results, 'architecture.json'))),
    ...(await countTests(join(results, `${projects.join('-')}.json`))),
  ]);
  return summary(steps, counts, rest.length > 0);
}

/** Prints the table and the closing line, and gives the exit code. A check that failed counts as one failure: a red run never says "0 failed". */
async function summary(steps, counts, filtered) {
  heading('summary');
  let passed = 0;
  let failed = 0;
  const problems = [];
  for (const { name, title, passed: ok, seconds } of steps) {
    process.stdout.write(`${ok ? 'ok    ' : 'FAILED'}  ${title} (${seconds.toFixed(1)} s)\n`);
    const hasTests = name === 'tests' || name === 'imports';
    if (!ok && !hasTests) failed += 1;
  }
  for (const [project, count] of counts) {
    process.stdout.write(`        ${project}: ${count.passed} passed, ${count.failed} failed\n`);
    passed += count.passed;
    failed += count.failed;
    // a name given with -t leaves the others out, and is meant to
    if (count.skipped > 0 && !filtered)
      problems.push(`${project} has ${count.skipped} skipped tests: a test runs or goes`);
  }
  for (const problem of problems) process.stdout.write(`FAILED  ${problem}\n`);
  failed += problems.length;
  if (failed === 0 && steps.some((step) => !step.passed)) failed = 1;
  const closing = `${passed} passed, ${failed} failed`;
  await writeFile(join(results, 'closing-line'), `${closing}\n`);
  process.stdout.write(`\n${closing}\n`);
  return failed === 0 ? 0 : 1;
}

await afterSetup(import.meta.url, test, { pooler: true });
