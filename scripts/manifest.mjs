// Writes oclif.manifest.json from the built commands, so that the CLI starts without loading each of them. `oclif manifest` does the same with a package of 60 MB.
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = join(root, 'oclif.manifest.json');
const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
try {
  await plugin.load();
  await writeFile(`${file}.next`, JSON.stringify(plugin.manifest));
  await rename(`${file}.next`, file);
} catch (error) {
  // without a manifest the CLI is slower, with an old one it is wrong
  await rm(file, { force: true });
  throw error;
}
