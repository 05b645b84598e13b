const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1,873`; a fraction is rounded. */
export function count(value: number): string {
  return grouped.format(value);
}

/** `1 message`, `1,873 messages`. `many` is the plural where it is not `one` + s. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `0.42`, `3.1`, `1,873` — three digits that matter — with `/s`. */
export function perSecond(value: number): string {
  const digits = value >= 100 || value === 0 ? 0 : value >= 10 ? 1 : 2;
  return `${new Intl.NumberFormat('en-US', { maximumFractionDigits: digits }).format(value)}/s`;
}

/** `12.5 %`. Takes a share, 0–1. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value.toFixed(value !== 0 && Math.abs(value) < 10 ? 1 : 0)} %`;
}

/** `420 ms`, `4.2 s`, `3 min 5 s`, `1 h 12 min`, `2 d 3 h`. Takes seconds. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'never';
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

/** `1.2 GB`: decimal units. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let amount = value;
  let unit = 0;
  while (amount >= 1_000 && unit < units.length - 1) {
    amount /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

/** A moment in local time with its offset: `2026-11-22 08:15:30 +00:00`. Takes ISO-8601. */
export function moment(iso: string): string {
  const date = new Date(iso);
  const offset = -date.getTimezoneOffset();
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time} ${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
}

/** Breaks text at spaces so that no line is longer than `width`, each line after the first indented by `indent` spaces. */
export function wrap(text: string, width: number, indent = 0): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/)) {
    const limit = width - (lines.length === 0 ? 0 : indent);
    if (line !== '' && line.length + 1 + word.length > limit) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.join(`\n${' '.repeat(indent)}`);
}

/** A label in a column of its own, and text beside it, broken so that every line stays within `width`. */
export function labelled(label: string, text: string, column = 12, width = 80): string {
  return `${label.padEnd(column)}${wrap(text, width - column).replaceAll('\n', `\n${' '.repeat(column)}`)}`;
}
