import type { Incident } from '../../incident/incident.ts';
import type { WatchFigures } from '../../operations/watch/figures.ts';
import type { Screen } from './screen.ts';

/** Everything that one picture is made from. */
export interface WatchFrame {
  readonly target: string;
  /** When the figures were taken: ISO-8601. While paused this stands still. */
  readonly at: string;
  readonly intervalSeconds: number;
  readonly incident: Pick<Incident, 'id' | 'title' | 'severity' | 'openedAt'> | null;
  /** Why the journal could not be read; then the incident is not known. */
  readonly journalFailure: string | null;
  readonly figures: WatchFigures;
  readonly screen: Screen;
}

/** The terminal's size in cells. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}
