import { expect, it } from 'vitest';
import { renderServices } from '../../../src/lib/views/services.ts';

const service = (order: number, name: string, healthy: boolean | null, detail = '200 in 4 ms') => ({
  ...{ order, name, healthy, detail },
});

it('gives the answer first, then the services, then the command', () => {
  const text = renderServices({
    services: [
      service(1, 'director', true),
      service(2, 'email', false, 'connection refused'),
      service(3, 'cron', null),
    ],
  });
  expect(text.split('\n')[0]).toBe('1 of 3 services unhealthy.');
  expect(text).toMatch(/email\s+UNHEALTHY\s+connection refused/);
  expect(text).toMatch(/cron\s+not checked/);
  expect(text).toMatch(/Next: spillway services restart email$/);
});

it('fits 80 columns and makes control characters visible', () => {
  const text = renderServices({ services: [service(1, 'email', false, `\u001b[2J${'x'.repeat(200)}`)] });
  expect(text).toContain('\\u{1b}[2J');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

it('says what to do when no services are configured', () => {
  expect(renderServices({ services: [] })).toContain('spillway.yaml');
});
