// npm run lock: adds to package-lock.json the packages for other platforms that npm left out because its registry mirror does not have them. Without them `npm ci` refuses the
// whole file, and other platforms would go without. Their versions are pinned by the packages that want them; platform and C library stand in their names.
import { readFile, writeFile } from 'node:fs/promises';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(await readFile(file, 'utf8'));
const platform =
  /(?<os>android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|aix|win32)[-.](?<cpu>arm64|arm|x64|ia32|loong64|mips64el|ppc64|riscv64|s390x|wasm32)(?:-(?<abi>\w+))?$/;

const missing = [];
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
    if (places.some((place) => lock.packages[place])) continue;
    const { os, cpu, abi } = platform.exec(name)?.groups ?? {};
    if (!os || !/^\d+\.\d+\.\d+$/.test(version))
      throw new Error(`${path} wants ${name}@${version}, which is no pinned platform package.`);
    const libc = os === 'linux' && abi ? [abi.startsWith('musl') ? 'musl' : 'glibc'] : undefined;
    missing.push([
      `node_modules/${name}`,
      { version, cpu: [cpu], ...(dev ? { dev } : {}), ...(libc ? { libc } : {}), optional: true, os: [os] },
    ]);
  }
}
// npm sorts by path, the root first
const [rootEntry, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([
  rootEntry,
  ...[...rest, ...missing].sort(([left], [right]) => left.localeCompare(right, 'en')),
]);
await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${missing.length} platform packages added.\n`);
