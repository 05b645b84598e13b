#!/usr/bin/env node
// The CLI from its sources, without a build: Node strips the types.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

if (Number.parseInt(process.versions.node, 10) < 24) {
  const { continueOnNode24 } = await import('./node-24.js');
  await continueOnNode24(import.meta.url);
} else {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const pjson = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  // without this, oclif would quietly run whatever stale code stands in build/
  pjson.oclif.commands = './src/commands';
  // the debug output of ioredis shows the password that it sends
  if (process.env.DEBUG) process.env.DEBUG += ',-ioredis:*';
  const { main } = await import('../src/lib/cli/main.ts');
  await main(process.argv.slice(2), import.meta.url, { root, pjson, ignoreManifest: true });
}
