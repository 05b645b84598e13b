import { SpillwayError } from '../../../core/errors.ts';
import { nearest } from '../../../core/nearest.ts';
import type { PurgePart } from '../driver.ts';
import { demandPart } from '../part.ts';

/** A queue as the configuration names its keys. */
export interface ListChannel {
  readonly name: string;
  /** Key of the list: LPUSH puts the newest, consumers take from the right. */
  readonly queue: string;
  /** Pattern (with `*`) of the lists of messages in work. */
  readonly processing: string;
  /** Key of the hash of counters. */
  readonly stats: string;
}

/** The keys that Spillway keeps beside a queue, in the queue's own slot. */
export interface SpillwayKeys {
  /** Set of all parts of all purges: `<purge id>.<part>`. */
  readonly purges: string;
  /** Set of the parts that are not finished. */
  readonly open: string;
  /** Hash: `archived`. */
  readonly totals: string;
  /** A part's keys are this, `<purge id>.<part>`, and `:state`, `:work`, `:quarantine`, `:places`, `:neighbours` or `:anchors`. */
  readonly prefix: string;
}

export interface PartKeys {
  readonly state: string;
  readonly work: string;
  readonly quarantine: string;
  /** List of the quarantined messages' positions, in runs: `first length`, falling. */
  readonly places: string;
  readonly neighbours: string;
  readonly anchors: string;
  readonly member: string;
}

/**
 * `orchestrator:{email}:queue` → `orchestrator:{email}:spillway:…`. A key without a hash tag becomes the tag itself (`jobs` → `{jobs}:spillway:…`), which is in the same slot.
 * Only a key that ends in `}:queue` loses its end: two queues may share a tag.
 */
export function spillwayKeys(channel: ListChannel): SpillwayKeys {
  const { queue } = channel;
  const tagged = /\{[^}]+\}/.test(queue);
  const base = tagged ? queue.replace(/\}:queue$/, '}') : `{${queue}}`;
  const prefix = `${base}:spillway:`;
  return { purges: `${prefix}purges`, open: `${prefix}open`, totals: `${prefix}totals`, prefix };
}

/** Throws SpillwayError `usage` for a purge id that could leave its place in a key. */
export function partKeys(channel: ListChannel, part: Pick<PurgePart, 'purgeId' | 'part'>): PartKeys {
  demandPart(part);
  const member = `${part.purgeId}.${part.part}`;
  const base = `${spillwayKeys(channel).prefix}${member}`;
  return {
    state: `${base}:state`,
    work: `${base}:work`,
    quarantine: `${base}:quarantine`,
    places: `${base}:places`,
    neighbours: `${base}:neighbours`,
    anchors: `${base}:anchors`,
    member,
  };
}

/** The channels asked for, in the configured order. Throws SpillwayError `usage` for one that does not exist. */
export function chosenChannels<Channel extends { readonly name: string }>(
  channels: readonly Channel[],
  names?: readonly string[],
): Channel[] {
  for (const name of names ?? []) {
    if (channels.some((channel) => channel.name === name)) continue;
    const known = channels.map((channel) => channel.name);
    throw new SpillwayError('usage', `There is no channel "${name}". Configured are: ${known.join(', ')}.`, {
      suggestions: nearest(name, known).map((one) => `did you mean ${one}?`),
    });
  }
  return channels.filter((channel) => names?.includes(channel.name) ?? true);
}

/** One channel by its name. Throws SpillwayError `usage`. */
export function channelNamed<Channel extends { readonly name: string }>(
  channels: readonly Channel[],
  name: string,
): Channel {
  const [channel] = chosenChannels(channels, [name]);
  if (channel === undefined) throw new RangeError(`no channel ${name}`);
  return channel;
}
