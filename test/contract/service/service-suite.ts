import { beforeEach, describe, expect, it } from 'vitest';
import type { ServiceReader, ServiceWriter } from '../../../src/lib/drivers/service/driver.ts';

/** Three services, `alpha`, `beta`, `gamma`, in this order; gamma has no health check, and the restart of `broken` (the fourth) fails. */
export interface ServiceSubject {
  readonly reader: ServiceReader;
  readonly writer: ServiceWriter;
  setHealthy(name: string, healthy: boolean): Promise<void>;
  /** Names in the order in which they were really restarted. */
  restarted(): Promise<readonly string[]>;
}

/** What every driver of services must do. A restart makes a service healthy. */
export function serviceContract(name: string, make: () => Promise<ServiceSubject>): void {
  describe(`services by ${name}`, () => {
    let subject: ServiceSubject;
    beforeEach(async () => {
      subject = await make();
    });

    it('lists every service in the configured order with its health', async () => {
      await subject.setHealthy('beta', false);
      const services = await subject.reader.list();
      expect(services.map(({ name, order, healthy }) => [name, order, healthy])).toEqual([
        ['alpha', 1, true],
        ['beta', 2, false],
        ['gamma', 3, null],
        ['broken', 4, true],
      ]);
      for (const service of services) {
        expect(service.detail).not.toBe('');
        expect(new Date(service.checkedAt).toISOString()).toBe(service.checkedAt);
        expect(service.healthyWithinMs).toBeGreaterThan(0);
      }
    });

    it('checks one service', async () => {
      expect(await subject.reader.check('beta')).toMatchObject({ name: 'beta', order: 2, healthy: true });
    });

    it('restarts the service that is named and no other', async () => {
      await subject.setHealthy('beta', false);
      const outcome = await subject.writer.restart('beta');
      expect(outcome.durationMs).toBeGreaterThanOrEqual(0);
      expect(await subject.restarted()).toEqual(['beta']);
      expect((await subject.reader.check('beta')).healthy).toBe(true);
    });

    it('reading restarts nothing', async () => {
      await subject.reader.list();
      await subject.reader.check('alpha');
      expect(await subject.restarted()).toEqual([]);
    });

    it('says when a restart failed', async () => {
      await expect(subject.writer.restart('broken')).rejects.toMatchObject({
        code: 'failed',
        message: expect.stringContaining('broken'),
      });
    });

    it('names what exists when a service is unknown', async () => {
      const expected = {
        code: 'usage',
        message: expect.stringContaining('alpha, beta, gamma, broken'),
        suggestions: ['did you mean beta?'],
      };
      await expect(subject.reader.check('betta')).rejects.toMatchObject(expected);
      await expect(subject.writer.restart('betta')).rejects.toMatchObject(expected);
    });

    it('stops looking when it is told to', async () => {
      await expect(subject.reader.list(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    });
  });
}
