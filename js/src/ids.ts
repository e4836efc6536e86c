import { useState } from "preact/hooks";

/** Every widget on a page has a module of its own, and Preact's own ids are the same in all of them. */
const module = Math.random().toString(36).slice(2, 9);
let count = 0;

/** An id that nothing else of any widget on the page has. */
export function newId(): string {
  count += 1;
  return `mlm-${module}-${count}`;
}

/** An id of a component. */
export function useId(): string {
  const [id] = useState(newId);
  return id;
}
