import { readFile } from 'node:fs/promises';

/** A user as which a server is started. */
export interface ProcessOwner {
  readonly uid: number;
  readonly gid: number;
}

/** Whom PostgreSQL runs as: it refuses root, so root hands it to `postgres`, or to `nobody`; anybody else runs it as themselves (`undefined`). */
export async function postgresOwner(): Promise<ProcessOwner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!user)
    throw new Error('Root cannot run PostgreSQL, and there is neither a user postgres nor a user nobody.');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}
