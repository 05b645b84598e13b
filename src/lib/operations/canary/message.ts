/** Addresses that cannot belong to anybody (RFC 2606 names, no number), should a worker take the canary for a message. */
const addresses: Readonly<Record<string, string>> = {
  email: 'canary@spillway.invalid',
  sms: 'canary',
  push: 'canary',
  webhook: 'https://spillway.invalid/canary',
};

/** The synthetic message of a canary, in the reference orchestrator's form: ids 0 and the mark `canary` at the end. */
export function canaryMessage(canary: { readonly id: string; readonly channel: string }, now: Date): Buffer {
  return Buffer.from(
    JSON.stringify({
      id: canary.id,
      conversationId: 0,
      activationId: 0,
      clientId: 0,
      channel: canary.channel,
      to: addresses[canary.channel] ?? 'canary',
      body: 'Spillway canary: a synthetic message that reaches nobody.',
      enqueuedAt: now.toISOString(),
      canary: true,
    }),
  );
}
