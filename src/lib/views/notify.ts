import { visible } from '../core/visible.ts';
import { moment } from './format.ts';
import type { Style } from './style.ts';
import { plainStyle } from './style.ts';

/** Where people can be told, as `notify.list` gives it. */
export interface NotificationsView {
  readonly destinations: readonly (
    | { readonly to: 'slack'; readonly channel: string | null }
    | { readonly to: 'status-page'; readonly page: string; readonly host: string }
  )[];
  readonly openIncident: {
    readonly id: string;
    readonly name: string;
    readonly status: string;
    readonly updatedAt: string | null;
    readonly link: string | null;
  } | null;
}

/** The configured places and what the status page shows. */
export function renderNotifications(view: NotificationsView, style: Style = plainStyle): string {
  if (view.destinations.length === 0) {
    return [
      style.yellow('Nobody can be told: neither Slack nor a status page is configured.'),
      'Add `notify.slack` or `notify.statuspage` to the target in spillway.yaml.',
    ].join('\n');
  }
  const places = view.destinations.map((place) =>
    place.to === 'slack'
      ? `Slack: ${visible(place.channel ?? 'the channel of the webhook')}`
      : `Status page: ${visible(place.page)} at ${visible(place.host)}`,
  );
  const { openIncident: incident } = view;
  const shown =
    incident === null
      ? []
      : [
          `On the status page: "${visible(incident.name)}" is ${style.bold(visible(incident.status))}${
            incident.updatedAt === null ? '' : ` since ${moment(incident.updatedAt)}`
          }.`,
          ...(incident.link === null ? [] : [`  ${visible(incident.link)}`]),
        ];
  return [...places, ...shown, '', 'Next: spillway notify slack "…"'].join('\n');
}
