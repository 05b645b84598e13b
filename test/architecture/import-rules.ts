import type { SourceFile, SourceImport } from './source-imports.ts';

/** What a part of the house may import, besides itself. Entries are folders (ending in `/`), or files with `*` for one path segment. */
interface Allowed {
  readonly values: readonly string[];
  /** What it may take the types of, besides: they are gone after compilation. */
  readonly types?: readonly string[];
}

const contracts = [
  'src/lib/drivers/*/driver.ts',
  'src/lib/drivers/*/selector.ts',
  'src/lib/orchestrator/contract.ts',
  'src/lib/orchestrator/database.ts',
  'src/lib/orchestrator/error-log.ts',
  'src/lib/orchestrator/examination.ts',
  'src/lib/orchestrator/pulse.ts',
  'src/lib/orchestrator/records.ts',
  'src/lib/orchestrator/redis-server.ts',
  'src/lib/orchestrator/server-views.ts',
];
/** What is shown to people comes from these; a view takes the shape of a result and nothing else. */
const results = ['archive', 'engine', 'incident', 'journal', 'lab', 'operations', 'runbook'].map(
  (part) => `src/lib/${part}/`,
);
const core = 'src/lib/core/';
const settings = ['src/lib/config/schema.ts'];

/** The table of docs/architecture.md. The first entry whose folder holds a file decides. */
const rules: readonly (readonly [part: string, allowed: Allowed])[] = [
  [core, { values: [] }],
  ['src/lib/views/', { values: [core], types: [...results, ...contracts] }],
  ['src/lib/journal/', { values: [core] }],
  ['src/lib/archive/', { values: [core] }],
  ['src/lib/incident/', { values: [core, 'src/lib/journal/'] }],
  ['src/lib/operations/', { values: [core, ...contracts], types: ['src/lib/archive/', 'src/lib/incident/'] }],
  ['src/lib/engine/', { values: [core, 'src/lib/journal/', 'src/lib/incident/'] }],
  ['src/lib/runbook/', { values: [core, 'src/lib/engine/', 'src/lib/journal/', 'src/lib/incident/'] }],
  // a store can hold a copy of the journal
  ['src/lib/backends/', { values: [core], types: ['src/lib/journal/'] }],
  [
    'src/lib/drivers/',
    { values: [core, 'src/lib/backends/', ...contracts], types: ['src/lib/archive/', ...settings] },
  ],
  ['src/lib/orchestrator/', { values: [core, 'src/lib/backends/'], types: settings }],
  ['src/lib/config/', { values: [core] }],
  ['src/lib/lab/', { values: [core, 'src/lib/backends/'], types: settings }],
  ['src/lib/cli/compose.ts', { values: ['src/lib/'] }],
  // the connections that compose.ts builds on
  ['src/lib/cli/stores.ts', { values: [core, 'src/lib/backends/', 'src/lib/config/', 'src/lib/cli/'] }],
  ['src/lib/cli/', { values: [core, 'src/lib/views/', 'src/lib/config/', ...results, ...contracts] }],
  ['src/commands/', { values: [core, 'src/lib/cli/', 'src/lib/views/', ...results, ...contracts] }],
];

/** Packages that only some parts may import, and nobody else. */
const packageOwners: Readonly<Record<string, readonly string[]>> = {
  pg: ['src/lib/backends/', 'src/lib/lab/'],
  'pg-cursor': ['src/lib/backends/', 'src/lib/lab/'],
  ioredis: ['src/lib/backends/', 'src/lib/lab/'],
  inquirer: ['src/lib/cli/', 'src/commands/'],
  ora: ['src/lib/cli/', 'src/commands/'],
  '@oclif/core': ['src/lib/cli/', 'src/commands/'],
};

/** Packages that cost start-up time: loaded by `import('…')`, where they are needed. The lab's service processes need theirs at once. */
const lazyPackages = ['pg', 'pg-cursor', 'ioredis', 'inquirer', 'ora'];

/** Who may touch the global `process` (other things may be named so: only the global's members are looked for), `console`, the terminal and the environment. */
const processOwners = ['src/lib/cli/', 'src/commands/', 'src/lib/lab/entry.ts'];

/** Every breach in `files`, one line each. */
export function breaches(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => [
    ...file.imports.flatMap((found) => breachesOfImport(file.path, found)),
    ...breachesOfGlobals(file),
  ]);
}

function breachesOfImport(from: string, found: SourceImport): string[] {
  if (found.kind === 'package') return breachesOfPackage(from, found);
  if (found.kind === 'node') {
    return /^(node:)?process$/.test(found.to) && !within(from, processOwners)
      ? [`${from} imports ${found.to}: only cli and commands touch the process`]
      : [];
  }
  const rule = rules.find(([part]) => from.startsWith(part));
  if (!rule) return [`${from} is in no part of the house that the import rules know`];
  const [part, allowed] = rule;
  const own = part.endsWith('/') && found.to.startsWith(part) && part !== 'src/lib/drivers/';
  const entries = [...allowed.values, ...(found.typeOnly ? (allowed.types ?? []) : [])];
  if (own || sameDriver(from, found.to) || entries.some((entry) => matches(found.to, entry))) return [];
  return [`${from} imports ${found.to}: ${part} may import ${entries.join(', ') || 'nothing'}`];
}

function breachesOfPackage(from: string, found: SourceImport): string[] {
  if (found.typeOnly && from.startsWith('src/lib/backends/')) return [];
  const owners = packageOwners[found.to];
  if (owners && !within(from, owners)) return [`${from} imports ${found.to}: only ${owners.join(', ')} may`];
  const eager = lazyPackages.includes(found.to) && !found.typeOnly && !found.lazy;
  if (eager && !from.startsWith('src/lib/lab/'))
    return [`${from} imports ${found.to} eagerly: use import('${found.to}')`];
  return [];
}

function breachesOfGlobals({ path, code }: SourceFile): string[] {
  if (within(path, processOwners)) return [];
  const words = code.matchAll(
    /(?<![\w.'"`$])(?:console\s*\.\s*\w+|process\s*\.\s*(?:env|argv|exec\w+|std\w+|exit\w*|cwd|chdir|on|once|off|kill|get\w+|umask)\b)/g,
  );
  return [...words].map(([text]) => `${path} uses ${text}: only cli and commands touch the process`);
}

/** Drivers of one kind may share pieces; a driver never imports another kind's. */
function sameDriver(from: string, to: string): boolean {
  const kind = /^src\/lib\/drivers\/[^/]+\//.exec(from)?.[0];
  return kind !== undefined && to.startsWith(kind);
}

function within(path: string, parts: readonly string[]): boolean {
  return parts.some((part) => path.startsWith(part));
}

function matches(path: string, entry: string): boolean {
  if (entry.endsWith('/')) return path.startsWith(entry);
  const [start = '', ...rest] = entry.split('*');
  return rest.length === 0 ? path === start : path.startsWith(start) && path.endsWith(rest.join('*'));
}

/** Import cycles as paths from a file back to itself, each once. Imports of types count: they are cycles of thought. */
export function cycles(files: readonly SourceFile[]): string[] {
  const next = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.filter(({ kind, lazy }) => kind === 'source' && !lazy).map(({ to }) => to),
    ]),
  );
  const found: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (path: string, trail: readonly string[]) => {
    if (state.get(path) === 'open') found.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    if (state.has(path)) return;
    state.set(path, 'open');
    for (const to of next.get(path) ?? []) visit(to, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of next.keys()) visit(path, []);
  return found;
}
