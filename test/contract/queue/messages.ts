/** A message as the reference orchestrator writes it. */
export function message(
  number: number,
  fields: { conversationId?: number; activationId?: number; clientId?: number; to?: string } = {},
): Buffer {
  const { conversationId = 1, activationId = 40, clientId = 3, to = `user${number}@example.com` } = fields;
  return Buffer.from(
    JSON.stringify({
      id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
      conversationId,
      activationId,
      clientId,
      channel: 'email',
      to,
      body: 'Hello',
      enqueuedAt: '2026-01-02T03:04:05.678Z',
    }),
  );
}

/** Things that stand in real queues and are not messages, or only look like one of conversation 7. None of them matches conversation 7 (client 3). */
export const oddities: readonly Buffer[] = [
  'not json "conversationId":7,',
  '',
  '{}',
  '[]',
  'null',
  '"conversationId"',
  '{"conversationId":7,"activa',
  '{"conversationId":"7","activationId":40,"clientId":3}',
  '{"conversationId":77,"activationId":40,"clientId":3}',
  '{"meta":{"conversationId":7},"activationId":40,"clientId":3}',
  '{"conversationId":7,"conversationId":8,"activationId":40,"clientId":3}',
  '{"body":"\\"conversationId\\":7,","conversationId":8,"activationId":40,"clientId":3}',
  '{"x\\"conversationId":7,"conversationId":8,"activationId":40,"clientId":3}',
  '{"to":"conversationId","conversationId":9,"activationId":40,"clientId":3}',
  '{"conversationId":7.5,"activationId":40,"clientId":3}',
  '{"conversationId":-7,"activationId":40,"clientId":3}',
  '{"conversationId":null,"activationId":40,"clientId":3}',
]
  .map((text) => Buffer.from(text))
  .concat([Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x20]), Buffer.from('\u0000\r\n\u001b[2J')]);

/** Unusual spellings that all are messages of conversation 7 and client 3. */
export const spellings: readonly Buffer[] = [
  '{"conversationId":7}',
  '{"conversationId": 7, "activationId": 40, "clientId": 3}',
  '{ "conversationId" :7,"activationId":40,"clientId":3 }',
  '{"conversation\\u0049d":7,"activationId":40,"clientId":3}',
  '{"conversationId":7.0,"activationId":40,"clientId":3}',
  '{"conversationId":0.7e1,"activationId":40,"clientId":3}',
  '{"conversationId":8,"activationId":40,"clientId":3,"conversationId":7}',
  '{"meta":{"conversationId":8},"conversationId":7,"activationId":40,"clientId":3}',
  '{"body":"a \\" quote","conversationId":7,"activationId":40,"clientId":3}',
  '{"to":"conversationId","conversationId":7,"activationId":40,"clientId":3}',
].map((text) => Buffer.from(text));
