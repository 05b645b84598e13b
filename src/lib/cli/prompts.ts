import { SpillwayError } from '../core/errors.ts';
import { visible } from '../core/visible.ts';

/** One entry of a menu. */
export interface MenuEntry<Value> {
  readonly name: string;
  readonly value: Value;
}

/** Questions to a person at a terminal. Enter, an ended input and Escape mean no; Ctrl-C is SpillwayError `interrupted`. */
export interface Prompts {
  /** True only for an explicit yes. */
  confirm(question: string): Promise<boolean>;
  /** What was typed, trimmed; empty for Enter. */
  text(question: string): Promise<string>;
  menu<Value>(question: string, entries: readonly MenuEntry<Value>[]): Promise<Value>;
  tick<Value>(
    question: string,
    entries: readonly (MenuEntry<Value> & { readonly checked: boolean })[],
  ): Promise<Value[]>;
}

/** Prompts by inquirer on standard error, so that standard output stays data. Loaded on first use. */
export function terminalPrompts(): Prompts {
  const ask = async <Answer>(question: Record<string, unknown>): Promise<Answer> => {
    const { createPromptModule } = await import('inquirer');
    const prompt = createPromptModule({ output: process.stderr });
    try {
      const answers = (await prompt([{ ...question, name: 'answer' }] as never)) as { answer: Answer };
      return answers.answer;
    } catch (error) {
      if (error instanceof Error && error.name === 'ExitPromptError') {
        throw new SpillwayError('interrupted', 'stopped at the question; nothing more was changed.');
      }
      throw error;
    }
  };
  return {
    confirm: (question) => ask({ type: 'confirm', message: question, default: false }),
    text: async (question) => (await ask<string>({ type: 'input', message: question })).trim(),
    menu: (question, entries) =>
      ask({
        type: 'select',
        message: question,
        choices: entries.map(({ name, value }) => ({ name: visible(name), value })),
      }),
    tick: (question, entries) =>
      ask({
        type: 'checkbox',
        message: question,
        pageSize: 16,
        choices: entries.map(({ name, value, checked }) => ({ name: visible(name), value, checked })),
      }),
  };
}
