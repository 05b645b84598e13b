import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresOwner } from './process-owner.ts';

/** A certificate for `localhost`, signed by itself, valid until 2126, and its key: for servers of the tests, on loopback only. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBlDCCATugAwIBAgIUdHG1wapqZKofm/1GlZa+ziD523cwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjA5NTgzNloYDzIxMjYxMDI5
MDk1ODM2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASHNBTTodhl8s8ZMk/ZNiyuO3jpnWyLd0ocFZNRbGZwMrLrbs8uTnEy
JAaAQzVtjozKsNTqdxYc8Ir6Uk7jaaQro2kwZzAdBgNVHQ4EFgQUO20RWGVTZMAP
2AocRoPTVbeOff8wHwYDVR0jBBgwFoAUO20RWGVTZMAP2AocRoPTVbeOff8wDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
RwAwRAIgMbSvtxbJxKzfDb2ptpV4B7/H4xHeTsEGsqGoroH+zCYCICyF+VxgCdi3
CAE31uThNM1YL+1lhauhtZeBw+IkNvY7
-----END CERTIFICATE-----
`;
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqKFljSQ+6sEMn3E7
czXsUovIv79TE0GNkBFnsqhGKCihRANCAASHNBTTodhl8s8ZMk/ZNiyuO3jpnWyL
d0ocFZNRbGZwMrLrbs8uTnEyJAaAQzVtjozKsNTqdxYc8Ir6Uk7jaaQr
-----END PRIVATE KEY-----
`;

/** The two as files that PostgreSQL takes (only its own user may read the key). */
export async function tlsFiles() {
  const owner = await postgresOwner();
  const folder = await mkdtemp(join(tmpdir(), 'spillway-test-tls-'));
  const files = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
  await writeFile(files.certificate, certificate, { mode: 0o644 });
  await writeFile(files.key, key, { mode: 0o600 });
  for (const path of owner ? [folder, ...Object.values(files)] : [])
    await chown(path, owner?.uid ?? 0, owner?.gid ?? 0);
  return { ...files, remove: () => rm(folder, { recursive: true, force: true }) };
}
