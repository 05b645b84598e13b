#!/usr/bin/env node
// The built CLI. Checks that cost nothing come first; everything else is in build/.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

if (Number.parseInt(process.versions.node, 10) < 24) {
  const { continueOnNode24 } = await import('./node-24.js');
  await continueOnNode24(import.meta.url);
} else {
  const entry = new URL('../build/lib/cli/main.js', import.meta.url);
  if (existsSync(entry)) {
    // inside build/, and not in the shared temporary folder: nobody else may write what this tool executes
    module.enableCompileCache(fileURLToPath(new URL('../build/.compile-cache', import.meta.url)));
    // the debug output of ioredis shows the password that it sends
    if (process.env.DEBUG) process.env.DEBUG += ',-ioredis:*';
    const { main } = await import(entry.href);
    await main(process.argv.slice(2), import.meta.url);
  } else {
    process.stderr.write(
      `Spillway is not built yet. In ${fileURLToPath(new URL('..', import.meta.url))}, type: npm run build\n`,
    );
    process.exitCode = 1;
  }
}
