/** A measured condition after a change, or at a gate. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was expected and what was measured, with units. */
  readonly detail: string;
}
