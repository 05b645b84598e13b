/** What a diagnosis can find. */
export type FindingKind =
  | 'error-log-storm'
  | 'lock-pile-up'
  | 'consumers-stopped'
  | 'client-flood'
  | 'connection-exhaustion'
  | 'redis-memory'
  | 'redis-blocked'
  | 'redis-unreachable'
  | 'postgres-unreachable'
  | 'replication-pressure'
  | 'disk-pressure'
  | 'unhealthy-service'
  | 'left-behind'
  | 'nothing-wrong';

/** A conversation that causes the trouble, with the activation that began it where it is known. Shares 0–1. */
export interface Culprit {
  readonly conversationId: number;
  readonly name: string;
  readonly clientId: number | null;
  readonly client: string | null;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly activationId: number | null;
  /** ISO-8601. */
  readonly activatedAt: string | null;
}

/** What a rule says before the findings are compared with each other. */
export interface Finding {
  readonly kind: FindingKind;
  /** One sentence: the answer. */
  readonly what: string;
  /** Sentences with numbers and units. */
  readonly evidence: readonly string[];
  /** How sure this is the cause of the trouble: 0–1. */
  readonly confidence: number;
  /** What would have to look different, and does not. */
  readonly rulesOut: readonly string[];
  /** Commands to type, most useful first. */
  readonly next: readonly string[];
  /** The conversations behind it; empty where it is not about conversations. */
  readonly culprits: readonly Culprit[];
}

/** A finding in its place. */
export interface RankedFinding extends Finding {
  readonly sure: 'certain' | 'likely' | 'possible';
  /** The finding that explains this one, where one does: then this is a consequence. */
  readonly consequenceOf: FindingKind | null;
}

/** Which finding explains which: the consequence goes below its cause. */
const explains: Readonly<Partial<Record<FindingKind, readonly FindingKind[]>>> = {
  'error-log-storm': ['client-flood', 'disk-pressure'],
  'lock-pile-up': ['connection-exhaustion', 'consumers-stopped', 'unhealthy-service', 'error-log-storm'],
  'connection-exhaustion': ['consumers-stopped', 'unhealthy-service', 'postgres-unreachable'],
  'redis-memory': ['consumers-stopped', 'unhealthy-service', 'disk-pressure'],
  'redis-blocked': ['consumers-stopped', 'unhealthy-service', 'redis-unreachable'],
  'redis-unreachable': ['consumers-stopped', 'unhealthy-service'],
  'postgres-unreachable': ['consumers-stopped', 'unhealthy-service'],
  'replication-pressure': ['lock-pile-up', 'connection-exhaustion', 'consumers-stopped', 'unhealthy-service'],
  'disk-pressure': ['consumers-stopped', 'unhealthy-service', 'redis-unreachable'],
  'consumers-stopped': ['unhealthy-service', 'client-flood'],
};

/** A cause must be at least this sure to explain anything. */
const explainingConfidence = 0.6;
/** What is explained by another finding is less likely the cause by this factor. */
const consequenceFactor = 0.4;
const certain = 0.9;
const likely = 0.6;

/** Most probable cause first; a finding that another one explains goes below it and says so. */
export function rankFindings(findings: readonly Finding[]): RankedFinding[] {
  const causes = findings.filter((one) => one.confidence >= explainingConfidence);
  const ranked = findings.map((finding): RankedFinding => {
    const cause = causes
      .filter((one) => one !== finding && explains[one.kind]?.includes(finding.kind))
      .sort((a, b) => b.confidence - a.confidence)[0];
    const raw =
      cause === undefined
        ? finding.confidence
        : Math.min(finding.confidence, cause.confidence) * consequenceFactor;
    // sums of tenths: 0.6 + 0.3 is certain
    const confidence = Math.round(raw * 100) / 100;
    return { ...finding, confidence, sure: sureness(confidence), consequenceOf: cause?.kind ?? null };
  });
  return ranked.sort((a, b) => b.confidence - a.confidence || a.kind.localeCompare(b.kind));
}

function sureness(confidence: number): RankedFinding['sure'] {
  if (confidence >= certain) return 'certain';
  return confidence >= likely ? 'likely' : 'possible';
}
