import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { LabStormResult } from '../../src/lib/lab/storm.ts';
import { bookSize, culpritsOf, imbalance, queueRows, stormBooks } from './books.ts';
import { E2eLab } from './e2e-lab.ts';
import { Guide, type Question } from './guide.ts';

const balanced = { email: 0, sms: 0, push: 0, webhook: 0 };
const book = ['runbook', 'run', 'error-log-storm', '--input', 'expectedShare=0.3'];

interface TimelineEntry {
  readonly kind: string;
  readonly text: string;
  readonly result: string;
  readonly action: number | null;
}

let lab: E2eLab;

beforeAll(async () => {
  lab = await E2eLab.up();
  return () => lab.down();
});

async function timeline(): Promise<readonly TimelineEntry[]> {
  return (await lab.json<{ readonly entries: readonly TimelineEntry[] }>(['incident', 'timeline'])).entries;
}

async function stoppedConversations(): Promise<readonly number[]> {
  const rows = await lab.inside.query<{ id: number }>(
    "select id from orchestrator.conversations where status = 'stopped' order by id",
  );
  return rows.map(({ id }) => id);
}

/** Every message of the storm is in one place, and every channel's account is exact. */
async function expectAccount(storm: LabStormResult, messages: number): Promise<void> {
  expect(bookSize(await stormBooks(lab, storm))).toEqual({ entries: messages, distinct: messages });
  expect(imbalance(await queueRows(lab))).toEqual(balanced);
}

/** The plain answer: measure, send, apply, tick what is ticked, and type the target's name where it is asked for. */
async function goOn(guide: Guide, question: Question): Promise<void> {
  if (question.kind === 'tick') return guide.acceptTicks();
  if (question.kind === 'text') return guide.type('lab');
  const entry = ['Measure', 'Send it', 'Apply it'].find((name) => question.text.includes(`❯ ${name}`));
  return guide.pick(entry ?? 'none of the known answers');
}

async function skip(guide: Guide, reason: string): Promise<void> {
  await guide.pick('Skip it (with a reason)');
  await guide.next();
  await guide.type(reason);
}

test('a guided run in a terminal of 80x24, from the first step to the last: plans with their blast radius, the commands, a note, a skipped step, a wrong name that changes nothing, the right one that purges', async () => {
  const messages = 40_000;
  const storm = await lab.storm(messages, 41);
  const terminal = lab.terminal(book);
  onTestFinished(terminal.close);
  const guide = new Guide(terminal);
  const done = new Set<string>();
  const once = (what: string) => !done.has(what) && done.add(what);
  let waitingBeforePurge = 0;

  for (let question = await guide.next(); question !== undefined; question = await guide.next()) {
    const { step, kind, shown, text } = question;
    if (step.startsWith('Verify slowness') && once('note')) {
      await guide.pick('Add a note to the timeline');
      await guide.next();
      await guide.type('The graphs show it since noon.');
      continue;
    }
    if (step.startsWith('Pause the injection') && once('commands')) {
      expect(shown).toContain('Target   lab (can be undone)');
      await guide.pick('See the commands');
      await terminal.waitFor(/update "?orchestrator"?\."?settings"?/);
      continue;
    }
    if (step.startsWith('Stop the conversations') && kind === 'tick' && once('ticks')) {
      for (const { name } of storm.conversations) expect(shown).toContain(name);
      expect(text.match(/◉/g)).toHaveLength(8);
    }
    if (step.startsWith('Stop the conversations') && kind === 'menu' && once('radius')) {
      expect(shown).toMatch(/Touches +.*8 conversations, 8 clients/);
      expect(await stoppedConversations()).toEqual([]);
    }
    if (step.startsWith('Purge the messages') && kind === 'text' && once('wrong name')) {
      expect(shown).toMatch(/Touches +[\d,]+ messages, 8 conversations, 8 clients/);
      waitingBeforePurge = (await queueRows(lab)).reduce((total, { waiting }) => total + waiting, 0);
      await guide.type('production');
      await terminal.waitFor('"production" is not "lab": nothing was changed.');
      expect((await queueRows(lab)).every(({ archived, quarantined }) => archived + quarantined === 0)).toBe(
        true,
      );
      continue;
    }
    if (step.startsWith('Restart all')) await skip(guide, 'the services answer');
    else await goOn(guide, question);
  }

  expect(await terminal.exitCode, terminal.history()).toBe(0);
  expect(terminal.history()).toContain('Error-log storm: done');
  expect([...done]).toEqual(['note', 'commands', 'ticks', 'radius', 'wrong name']);
  expect(guide.stepsSeen()).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(waitingBeforePurge).toBeGreaterThan(0);
  expect(await stoppedConversations()).toEqual(culpritsOf(storm));
  await expectAccount(storm, messages);
  const entries = await timeline();
  expect(entries).toContainEqual(
    expect.objectContaining({ kind: 'note', text: 'Note: The graphs show it since noon.' }),
  );
  expect(entries).toContainEqual(
    expect.objectContaining({
      kind: 'skipped',
      action: 12,
      result: 'skipped by the operator: the services answer',
    }),
  );
  const actions = entries.filter(({ kind, action }) => kind === 'action' && action !== null);
  expect(actions.map(({ action }) => action)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14]);
});

test('a guided run that is stopped in the middle ends with exit code 3 and says how to resume; resumed in a terminal it begins at the step where it was stopped and comes to its end', async () => {
  const messages = 20_000;
  await lab.reactivateAll();
  const storm = await lab.storm(messages, 42);
  const terminal = lab.terminal(book);
  onTestFinished(terminal.close);
  const guide = new Guide(terminal);
  for (let question = await guide.next(); question !== undefined; question = await guide.next()) {
    if (question.step.startsWith('Make a safety snapshot')) await guide.pick('Stop here (resume later)');
    else await goOn(guide, question);
  }
  expect(await terminal.exitCode, terminal.history()).toBe(3);
  const runId = /spillway runbook resume (run-\w+)/.exec(terminal.history())?.[1];
  expect(await lab.json(['status'])).toMatchObject({ unfinished: { id: runId } });

  const second = lab.terminal(['runbook', 'resume']);
  onTestFinished(second.close);
  const resumed = new Guide(second);
  for (let question = await resumed.next(); question !== undefined; question = await resumed.next()) {
    // what takes longest, and is done in the first test
    if (/^(Measure whether|Restart all)/.test(question.step)) await skip(resumed, 'seen already');
    else await goOn(resumed, question);
  }
  expect(await second.exitCode, second.history()).toBe(0);
  expect(second.history()).toContain('Error-log storm: done');
  expect(resumed.stepsSeen()[0]).toBe(6);
  expect(resumed.stepsSeen().at(-1)).toBe(20);
  expect(await lab.json(['status'])).toMatchObject({ unfinished: null });
  expect(await stoppedConversations()).toEqual(culpritsOf(storm));
  await expectAccount(storm, messages);
});
