import type { Config } from '@oclif/core';
import { SpillwayError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';

/**
 * Looks at a command line before oclif does, which says "command not found" and no more: this names what exists and what was probably meant.
 * Throws SpillwayError `usage`.
 */
export function refuseUnknownCommand(config: Config, argv: readonly string[]): void {
  const [first] = argv;
  if (first?.startsWith('-') && !['--help', '-h', '--version', '-v'].includes(first)) {
    throw new SpillwayError('usage', `flags come after the command, and here ${first} comes first.`, {
      suggestions: [`spillway <command> ${first}`, 'spillway --help'],
    });
  }
  const words = wordsOf(argv);
  const ids = config.commandIDs.map((id) => id.replaceAll(':', ' '));
  const topics = new Set(config.topics.map((topic) => topic.name.replaceAll(':', ' ')));
  const typed = words.join(' ');
  if (words.length === 0 || topics.has(typed)) {
    const isJson = argv.includes('--json') && !argv.includes('--help');
    if (isJson && !ids.includes(typed)) throw onlyTopic(typed, ids);
    return;
  }
  const command = words
    .map((_, index) => words.slice(0, words.length - index).join(' '))
    .find((id) => ids.includes(id));
  if (command === undefined) throw unknown(words, ids, topics);
  refuseArguments(config, command, typed.slice(command.length).trim());
}

/** The words up to the first flag: what comes after that may be its value. */
function wordsOf(argv: readonly string[]): readonly string[] {
  const end = argv.findIndex((word) => word.startsWith('-'));
  return end === -1 ? argv : argv.slice(0, end);
}

function unknown(
  words: readonly string[],
  ids: readonly string[],
  topics: ReadonlySet<string>,
): SpillwayError {
  const [first = ''] = words;
  const isTopic = topics.has(first);
  const typed = words.slice(0, isTopic ? 2 : 1).join(' ');
  const within = isTopic ? ids.filter((id) => id.startsWith(`${first} `)) : ids;
  const close = [
    ...nearest(words.slice(0, 2).join(' '), within),
    ...(isTopic ? [] : nearest(first, [...ids.filter((id) => !id.includes(' ')), ...topics])),
  ];
  const exists = isTopic ? within : [...new Set(ids.map((id) => id.split(' ')[0] ?? id))];
  return new SpillwayError('usage', `there is no command "${typed}"; there is: ${exists.join(', ')}.`, {
    suggestions:
      close.length > 0 ? [...new Set(close)].slice(0, 3).map((id) => `spillway ${id}`) : ['spillway --help'],
  });
}

/** `--json` promises a document, and the help that oclif prints for a topic is none. */
function onlyTopic(topic: string, ids: readonly string[]): SpillwayError {
  if (topic === '')
    return new SpillwayError('usage', 'no command was given.', { suggestions: ['spillway --help'] });
  const within = ids.filter((id) => id.startsWith(`${topic} `));
  return new SpillwayError('usage', `"${topic}" is no command by itself; there is: ${within.join(', ')}.`, {
    suggestions: within.slice(0, 3).map((id) => `spillway ${id}`),
  });
}

function refuseArguments(config: Config, command: string, rest: string): void {
  const found = config.findCommand(command.replaceAll(' ', ':'));
  if (rest === '' || found === undefined || Object.keys(found.args).length > 0) return;
  throw new SpillwayError('usage', `"${command}" takes no arguments, and "${rest}" was given.`, {
    suggestions: [`spillway ${command} --help`],
  });
}
