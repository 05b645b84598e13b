const shortest = 4;

/** Remembers the secrets that were looked up, and takes them out of text before it is shown or stored. */
class Redactor {
  readonly #secrets = new Set<string>();

  remember(secret: string): void {
    if (secret.length >= shortest) this.#secrets.add(secret);
  }

  scrub(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) {
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
        clean = clean.replaceAll(form, '[secret]');
    }
    return clean;
  }
}

/** The one of this process. */
export const redactor = new Redactor();
