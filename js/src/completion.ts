/** Completion of a name in a text: which word the caret stands in, what fits it, and the text with it put in. */
import type { Candidate } from "./protocol";

/** What the caret stands in: a word, or a name in back-quotes that is being written. */
export interface Word {
  /** Where it begins and ends in the text, back-quotes included. */
  start: number;
  end: number;
  /** What of it stands before the caret, without back-quote. */
  typed: string;
}

/** A candidate that fits, and where in the text the stretch begins that it stands for. */
export interface Match {
  candidate: Candidate;
  start: number;
}

export interface Completion {
  matches: Match[];
  /** Where the stretch ends. */
  end: number;
}

/** What no name without back-quotes holds: spaces and the signs of formulas. */
const WORD = "[^\\s`~+\\-*/^:|()!<>=&,%\"']";
const BEFORE = new RegExp(`${WORD}*$`, "u");
const AFTER = new RegExp(`^${WORD}*`, "u");
const QUOTED = /`(?:[^`\\]|\\.)*(?:`|$)/gsu;

export function wordAt(text: string, caret: number): Word {
  const before = text.slice(0, caret);
  const rest = AFTER.exec(text.slice(caret))?.[0].length ?? 0;
  const quoted = [...text.matchAll(QUOTED)].map(({ 0: found, index }) => {
    return { start: index, end: index + found.length, closed: found.length > 1 && found.endsWith("`") };
  });
  const name = quoted.find(({ start, end, closed }) => start < caret && (caret < end || !closed));
  if (name) {
    // A quote that nothing closes takes the next name's for its other half, so its word ends like any other.
    const end = quoted.every(({ closed }) => closed) ? name.end : caret + rest;
    return { start: name.start, end, typed: before.slice(name.start + 1) };
  }
  const typed = BEFORE.exec(before)?.[0] ?? "";
  return { start: caret - typed.length, end: caret + rest, typed };
}

/** Lower case, letter by letter, so that places stay the same. */
function folded(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from(text, (c) => (c.toLowerCase().length === c.length ? c.toLowerCase() : c)).join("");
}

/** How well a name fits, best first; null when it does not. */
function rank(name: string, typed: string): number | null {
  const at = name.indexOf(typed);
  if (at === 0) return 0;
  // Somebody who types a number means that number.
  if (/^\d+$/.test(typed)) return null;
  if (at > 0) return /[\p{L}\p{N}]/u.test(name[at - 1] ?? "") ? 2 : 1;
  let place = -1;
  for (const letter of typed) {
    place = name.indexOf(letter, place + 1);
    if (place < 0) return null;
  }
  return 3;
}

/**
 * Where a name of several words begins that is being written without back-quotes: everything in it up to the
 * word stands before the caret. Null when it does not.
 */
function longer(name: string, before: string, typed: string): number | null {
  for (let at = name.indexOf(typed, 1); at > 0; at = name.indexOf(typed, at + 1)) {
    const start = before.length - at - typed.length;
    if (start >= 0 && before.endsWith(name.slice(0, at + typed.length))) {
      if (!/[\p{L}\p{N}]$/u.test(before.slice(0, start))) return start;
    }
  }
  return null;
}

/**
 * What can stand where the caret is, best first. A word that is a whole name already is completed to longer names
 * only; where there is no word, everything fits if it was asked for.
 */
export function complete(
  candidates: readonly Candidate[],
  text: string,
  caret: number,
  asked: boolean,
): Completion | null {
  const word = wordAt(text, caret);
  if (word.typed === "" && !asked) return null;
  const typed = folded(word.typed);
  const before = folded(text.slice(0, caret));
  const written = text.slice(word.start, word.end);
  const whole = candidates.some((candidate) => isWritten(candidate, written));
  const ranked = candidates.flatMap((candidate) => {
    if (isWritten(candidate, written)) return [];
    const name = folded(candidate.name);
    const start = typed && /\s/u.test(name) ? longer(name, before, typed) : null;
    if (start !== null && start < word.start) return { candidate, start, how: 0 };
    const how = rank(name, typed);
    return how === null || (whole && how > 0) ? [] : { candidate, start: word.start, how };
  });
  const matches = ranked.sort((one, other) => one.how - other.how);
  return matches.length > 0 ? { matches, end: word.end } : null;
}

function isWritten({ text }: Candidate, written: string): boolean {
  return text === written || text === `${written}(`;
}

/** What of a candidate is put into the text: a parenthesis that is there already is not opened again. */
export function insertion(text: string, end: number, { candidate }: Match): string {
  const opens = candidate.text.endsWith("(") && text[end] === "(";
  return opens ? candidate.text.slice(0, -1) : candidate.text;
}
