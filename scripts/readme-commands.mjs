// Writes the list of commands into README.md, between its markers, from the manifest that the build makes. With `--check` it changes nothing and fails when the list is old.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';

const readmeUrl = new URL('../README.md', import.meta.url);
const begin = '<!-- commands: written by npm run readme -->';
const end = '<!-- end of commands -->';

const manifestUrl = new URL('../oclif.manifest.json', import.meta.url);
if (!existsSync(manifestUrl)) {
  process.stderr.write('There is no oclif.manifest.json. Type: npm run build\n');
  process.exit(1);
}
const manifest = JSON.parse(await readFile(manifestUrl, 'utf8'));
const commands = Object.values(manifest.commands)
  .filter((command) => !command.hidden)
  .sort((left, right) => (left.id < right.id ? -1 : 1));

/** `queue purge [RUN]`: the words to type, and the arguments; flags are in `--help`. */
function synopsis({ id, args }) {
  const words = Object.values(args).map(({ name, required }) =>
    required ? name.toUpperCase() : `[${name.toUpperCase()}]`,
  );
  return ['spillway', id.replaceAll(':', ' '), ...words].join(' ');
}

const rows = commands.map(
  (command) =>
    `| \`${synopsis(command)}\` | ${(command.summary ?? command.description ?? '').replaceAll('|', '\\|')} |`,
);
const list = ['| command | does |', '|---|---|', ...rows].join('\n');

const readme = await readFile(readmeUrl, 'utf8');
const from = readme.indexOf(begin);
const to = readme.indexOf(end);
if (from === -1 || to < from) throw new Error(`README.md has no lines "${begin}" and "${end}".`);
const current = `${readme.slice(0, from)}${begin}\n${list}\n${readme.slice(to)}`;
if (current !== readme && process.argv.includes('--check')) {
  process.stderr.write(
    'The list of commands in README.md is not the present one. Type: npm run build && npm run readme\n',
  );
  process.exitCode = 1;
} else {
  await writeFile(readmeUrl, current);
}
