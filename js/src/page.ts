/** A page that `mlmwidget/widget/page.py` wrote: the widget with a recorded state and nobody to ask. */
import type { Form, Recorded, Reply, Request } from "./protocol";
import type { Model } from "./state";

type Listener = (reply: Reply) => void;

/** A page has no controls; only the equations look at the form, for terms that they could offer. */
const NO_FORM = { groups: [] } as unknown as Form;

/** anywidget's model over a record: its traits never change, and it answers what it has a text for. */
export class RecordedModel implements Model {
  #traits: Record<string, unknown>;
  #texts: Record<string, string>;
  #listeners = new Set<Listener>();

  constructor({ view, report, themes, about, texts }: Recorded) {
    this.#traits = { view: { ...view, form: NO_FORM }, report, themes, about };
    this.#texts = texts;
  }
  get(name: string): unknown {
    return this.#traits[name];
  }
  on(event: string, listener: Listener): void {
    if (event === "msg:custom") this.#listeners.add(listener);
  }
  off(_event: string, listener: Listener): void {
    this.#listeners.delete(listener);
  }
  send({ type, what }: Request): void {
    if (type !== "copy" || typeof what !== "string") return;
    const text = this.#texts[what];
    if (text === undefined) return;
    for (const listener of [...this.#listeners]) listener({ type: "copy", what, text });
  }
}

/** The record that stands in a page; null in a notebook, whose modules come from elsewhere. */
export function recordIn(page: Document, moduleAddress: string): Recorded | null {
  const block = page.getElementById("mlmwidget-record");
  return block?.textContent && moduleAddress === page.baseURI ? JSON.parse(block.textContent) : null;
}
