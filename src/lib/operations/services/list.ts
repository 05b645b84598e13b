import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { ServiceState } from '../../drivers/service/driver.ts';
import type { CatalogueOperation } from '../access.ts';

const input = z.strictObject({});

/** Data of `services.list`: every configured service in restart order. */
export interface ServicesListData {
  readonly services: readonly ServiceState[];
  readonly healthy: number;
  readonly unhealthy: number;
  /** Services without a health check. */
  readonly unchecked: number;
}

/** `services.list`: asks every service for its health. Needs neither of the stores. */
export const servicesList: CatalogueOperation<z.output<typeof input>, ServicesListData> = diagnosis({
  id: 'services.list',
  title: 'Ask every service for its health',
  input,
  async measure(context) {
    const services = await context.read.services.list(context.signal);
    const count = (healthy: boolean | null) =>
      services.filter((service) => service.healthy === healthy).length;
    const data = { services, healthy: count(true), unhealthy: count(false), unchecked: count(null) };
    return { summary: summaryOf(data), data };
  },
});

function summaryOf(data: ServicesListData): string {
  if (data.services.length === 0) return 'No services are configured.';
  const bad = data.services.filter((service) => service.healthy === false).map((service) => service.name);
  const unchecked = data.unchecked > 0 ? ` ${data.unchecked} without a health check.` : '';
  return bad.length === 0
    ? `${data.healthy} of ${data.services.length} services are healthy.${unchecked}`
    : `${bad.length} of ${data.services.length} services are unhealthy: ${bad.join(', ')}.${unchecked}`;
}
