import { visible } from '../core/visible.ts';
import { count, counted } from './format.ts';
import type { Style } from './style.ts';
import { plainStyle } from './style.ts';
import { table } from './table.ts';

/** The services of a target as `services.list` gives them. */
export interface ServiceList {
  readonly services: readonly {
    readonly name: string;
    readonly order: number;
    readonly healthy: boolean | null;
    readonly detail: string;
  }[];
}

/** Answer first, then one line a service in restart order, then what to type. */
export function renderServices(view: ServiceList, style: Style = plainStyle): string {
  const { services } = view;
  if (services.length === 0) {
    return 'No services are configured for this target.\nAdd `services` to it in spillway.yaml.';
  }
  const bad = services.filter((service) => service.healthy === false);
  const rows = services.map((service) => [
    count(service.order),
    visible(service.name),
    healthWord(service.healthy, style),
    visible(service.detail).slice(0, 40),
  ]);
  const names = bad.map((service) => visible(service.name));
  const answer =
    bad.length === 0
      ? style.green(`${counted(services.length, 'service')}, none unhealthy.`)
      : style.red(`${count(bad.length)} of ${counted(services.length, 'service')} unhealthy.`);
  const next = bad.length === 0 ? [] : ['', `Next: spillway services restart ${names.join(' ')}`];
  const columns = [
    { title: '#', align: 'right' },
    { title: 'service' },
    { title: 'health' },
    { title: 'detail' },
  ] as const;
  return [answer, '', table(columns, rows), ...next].join('\n');
}

function healthWord(healthy: boolean | null, style: Style): string {
  if (healthy === null) return style.dim('not checked');
  return healthy ? style.green('healthy') : style.red('UNHEALTHY');
}
