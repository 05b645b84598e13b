import type { Client } from 'pg';
import { validAddress } from './addresses.ts';
import type { Channel, ServiceName } from './names.ts';
import { mix } from './random.ts';

const clientNames = [
  'Banco Andino',
  'Seguros Caribe',
  'Telefonía Austral',
  'Clínica San Rafael',
  'Aerolíneas Pacífico',
  'Farmacias La Salud',
  'Universidad Central',
  'Cooperativa El Valle',
  'Supermercados Aurora',
  'Hipotecaria Nacional',
  'Tarjetas Unidas',
  'Agua de la Costa',
  'Energía Oriente',
  'Hoteles Miramar',
  'Editorial Cumbre',
  'Logística Bolívar',
  'Autos del Norte',
  'Fondo Previsor',
  'Casa de Bolsa Sur',
  'Gas Metropolitano',
  'Laboratorios Ávila',
  'Cines Estelar',
  'Muebles Roble',
  'Óptica Visión',
  'Colegio Santa Ana',
  'Ferretería Maestra',
  'Viajes Horizonte',
  'Café Montaña',
  'Textiles Lara',
  'Moda Capital',
  'Deportes Olimpo',
  'Radio Continente',
  'Puertos del Golfo',
  'Minera Cobre Azul',
  'Agroindustrias Llano',
  'Pinturas Arcoíris',
  'Librería Letras',
  'Transporte Rápido',
  'Constructora Pilar',
  'Tecnología Nube',
] as const;

/** How many clients the lab has, and how many conversations each of them. */
export const clientCount = clientNames.length;
const conversationsPerClient = 5;

interface ConversationKind {
  readonly name: string;
  /** The API whose open-ended activation this is; campaigns have none. */
  readonly stream?: { readonly service: ServiceName; readonly channels: readonly Channel[] };
}

/** The five conversations of every client, in the order of their ids. */
const kinds: readonly ConversationKind[] = [
  { name: 'One-time passwords', stream: { service: 'one-time-password-api', channels: ['sms'] } },
  { name: 'Receipts and statements', stream: { service: 'smtp-api', channels: ['email'] } },
  { name: 'Order notices', stream: { service: 'conversation-api', channels: ['push', 'webhook', 'email'] } },
  { name: 'Newsletter' },
  { name: 'Payment reminders' },
];

/** The conversation of a client that the bulk-load API activates in the steady stream. */
export function newsletterOf(clientId: number): number {
  return (clientId - 1) * conversationsPerClient + 4;
}

/** The conversation of a client that a storm activates first; nothing else uses it. */
export function remindersOf(clientId: number): number {
  return (clientId - 1) * conversationsPerClient + 5;
}

/** Fills the empty tables: 40 clients, 200 conversations, the APIs' open-ended activations, both switches at their normal value. */
export async function seedTables(client: Client): Promise<void> {
  for (const [index, name] of clientNames.entries()) {
    const clientId = index + 1;
    await client.query('insert into orchestrator.clients (id, name, email) values ($1, $2, $3)', [
      clientId,
      name,
      `operations@client-${clientId}.example`,
    ]);
    for (const [position, kind] of kinds.entries()) {
      const conversationId = index * conversationsPerClient + position + 1;
      await client.query('insert into orchestrator.conversations (id, client_id, name) values ($1, $2, $3)', [
        conversationId,
        clientId,
        `${kind.name} · ${name}`,
      ]);
      if (kind.stream) await openStream(client, conversationId, kind.stream.service, kind.stream.channels);
    }
  }
  await client.query(
    `insert into orchestrator.settings (key, value) values ('injection', '{"state": "on"}'),
       ('error_log', '{"mode": "full", "sampleEvery": 1, "expiresAt": null}')`,
  );
  for (let listed = 1; listed <= 20; listed += 1)
    await client.query('insert into lab.do_not_contact (address) values ($1) on conflict do nothing', [
      validAddress('email', mix(listed, 7)),
    ]);
}

async function openStream(
  client: Client,
  conversationId: number,
  service: ServiceName,
  streamChannels: readonly Channel[],
): Promise<void> {
  const inserted = await client.query<{ id: number }>(
    `insert into orchestrator.activations (conversation_id, status, updated_by)
       values ($1, 'injecting', $2) returning id`,
    [conversationId, service],
  );
  await client.query('insert into lab.streams (activation_id, service, channels) values ($1, $2, $3)', [
    inserted.rows[0]?.id,
    service,
    streamChannels,
  ]);
}
