/** Names written from right to left, within sentences that are written from left to right. */

/** A quoted name, or a run of words of which one is written from right to left. */
const NAME = /`[^`]*`|[^\s:;,.]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc][^\s:;,.]*/gu;

/** Isolate such names (Unicode's FSI and PDI), so that they do not carry their neighbours along. */
export function isolated(text: string): string {
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u.test(text)
    ? text.replace(NAME, (name) => `\u2068${name}\u2069`)
    : text;
}
