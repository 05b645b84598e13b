/** A number of a row; null counts as 0. */
export function numberOf(value: unknown): number {
  return Number(value ?? 0);
}

/** A number of a row, or null. */
export function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

/** A text of a row. */
export function textOf(value: unknown): string {
  return String(value);
}

/** A text of a row, or null. */
export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
