// A process that appends records to a journal: node append-records.ts FOLDER NAME COUNT. Says the number of each record that is durable.
import { systemClock } from '../../../src/lib/core/clock.ts';
import { fileJournal } from '../../../src/lib/journal/journal.ts';
import { thisProcess } from './this-process.ts';

const [folder = '', name = '', count = '0'] = process.argv.slice(2);
const journal = fileJournal({
  folder,
  target: 'lab',
  actor: `${name}@desk`,
  clock: systemClock,
  identity: thisProcess,
});
for (let number = 0; number < Number(count); number += 1) {
  await journal.append({ type: 'noted', run: null, op: null, body: { name, number, text: 'x'.repeat(300) } });
  process.stdout.write(`${number}\n`);
}
