import { Command, Flags } from '@oclif/core';
import type { JsonObject } from '../core/json.ts';
import { redactor } from './redactor.ts';
import { processStreams, type Streams } from './streams.ts';

/** Flags of every command. */
const everyCommand = {
  json: Flags.boolean({ description: 'print one JSON document on standard output', helpGroup: 'GLOBAL' }),
  'no-input': Flags.boolean({ description: 'never ask; what is missing is an error', helpGroup: 'GLOBAL' }),
};

/** Flags of every command that works on a target. */
export const targetFlags = {
  target: Flags.string({
    char: 't',
    description: 'the target; needed when there are several',
    env: 'SPILLWAY_TARGET',
    helpGroup: 'GLOBAL',
  }),
};

/** Flags of every command that changes something. */
export const changeFlags = {
  'dry-run': Flags.boolean({ description: 'print the plan and change nothing' }),
  yes: Flags.boolean({ char: 'y', description: 'agree to a change that can be undone' }),
  confirm: Flags.string({
    description: "the target's name: agrees to a destructive change",
    helpValue: 'TARGET',
  }),
  incident: Flags.string({
    description: 'the incident that this belongs to; the open one unless told',
    env: 'SPILLWAY_INCIDENT',
    helpValue: 'ID',
  }),
  'take-over': Flags.boolean({ description: 'take the lock from a run that is known to be gone' }),
};

/** What all commands share: streams, one JSON document or text, and errors that leave untouched to `main`. */
export abstract class SpillwayCommand extends Command {
  static override baseFlags = everyCommand;

  protected readonly streams: Streams = processStreams();

  /** Prints the result: the document with its schema under `--json`, else the text. */
  protected show(json: boolean, schema: string, document: JsonObject | object, text: () => string): void {
    const body = json ? JSON.stringify({ schema: `spillway/${schema}`, ...document }) : text();
    this.streams.out(redactor.scrub(body));
  }

  /** `main` reports errors and sets the exit code. */
  protected override async catch(error: Error): Promise<void> {
    throw error;
  }
}
