import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { messageOf, SpillwayError } from '../core/errors.ts';
import { typedCommand } from '../core/typed-command.ts';
import { type DoctorLine, fine, notFine } from '../operations/doctor/line.ts';
import { folders } from './folders.ts';
import type { Session } from './session.ts';

/** What can be examined without any target: Node and the state folder. */
export async function machineLines(): Promise<DoctorLine[]> {
  const { state } = folders();
  return [fine('program', 'Node', process.versions.node), await stateFolderLine(state)];
}

/** The state folder holds journals and archives: it must be writable, and nobody else's business. */
async function stateFolderLine(folder: string): Promise<DoctorLine> {
  const name = 'state folder';
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
    const { mode } = await stat(folder);
    if ((mode & 0o077) !== 0)
      return notFine(
        'act',
        'program',
        name,
        `${folder} can be entered by others (mode ${(mode & 0o777).toString(8)})`,
        [typedCommand(['chmod', '700', folder])],
      );
    return fine('program', name, `${folder}, writable`);
  } catch (error) {
    return notFine(
      'act',
      'program',
      name,
      `${folder} is not writable (${messageOf(error)}): nothing destructive can be done without a journal`,
      [
        `${typedCommand(['ls', '-ld', folder])}   # whose is it?`,
        'export XDG_STATE_HOME=FOLDER   # to use another',
      ],
    );
  }
}

/** A configuration that cannot be used: where and why. */
export function configurationFault(error: SpillwayError): DoctorLine {
  return notFine(
    'act',
    'configuration',
    'spillway.yaml',
    error.message,
    error.suggestions.length > 0 ? error.suggestions : ['spillway lab up   # a target to try everything on'],
  );
}

const whole = {
  anchored: 'whole, and its end is the one of the copy in the store',
  'prefix-only': 'whole as far as it goes; there is no copy to compare its end with',
} as const;

/** The target's configuration and journal. */
export async function targetLines(session: Session): Promise<DoctorLine[]> {
  const lines = [fine('configuration', 'spillway.yaml', `target ${session.target} from ${session.origin}`)];
  try {
    const { verdict } = await session.verifyJournal();
    lines.push(
      verdict === 'tampered'
        ? notFine('act', 'journal', 'journal', 'a line does not fit the others', ['spillway journal verify'])
        : fine('journal', 'journal', whole[verdict]),
    );
  } catch (error) {
    if (!(error instanceof SpillwayError)) throw error;
    lines.push(
      notFine('unknown', 'journal', 'journal', error.message, [
        'spillway journal verify   # when the store answers',
      ]),
    );
  }
  return lines;
}
