/** A value that survives `JSON.stringify` and `JSON.parse` unchanged: what plans, steps and journal records are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** The JSON form of a typed value: `undefined` members dropped, dates as ISO-8601 text. Throws `TypeError` for cycles and bigints. */
export function toJson(value: unknown): Json {
  const text = JSON.stringify(value);
  return text === undefined ? null : (JSON.parse(text) as Json);
}
