/** The whole widget on a mock model, as a host would show it. */

import widget from "../index";
import { charts } from "./charts";
import { MockModel } from "./mock";
import { IDLE, report, THEMES, view } from "./model";

export interface Shown {
  model: MockModel;
  root: HTMLElement;
  remove: () => void;
}

const shown: Shown[] = [];

export function showWidget(traits: Record<string, unknown> = {}): Shown {
  const model = new MockModel({
    candidates: [],
    themes: THEMES,
    view: view(),
    status: IDLE,
    report: { ...report(), charts: charts().slice(4) },
    ...traits,
  });
  const el = document.createElement("div");
  document.body.append(el);
  const end = widget.render({ model, el });
  const one = {
    model,
    root: el.firstElementChild as HTMLElement,
    remove: () => {
      end();
      el.remove();
    },
  };
  shown.push(one);
  return one;
}

/** Remove every widget that a test has shown. */
export function removeAll(): void {
  for (const { remove } of shown.splice(0)) remove();
}

/** Preact renders after the current task, and runs effects after the next frame. */
export const settled = () => new Promise((resolve) => setTimeout(resolve, 60));

/** The one button (or switch, tab …) with this accessible name. */
export function named(root: Element, name: string): HTMLElement {
  const all = [...root.querySelectorAll<HTMLElement>("button, select, textarea, [role=button]")];
  const found = all.find((e) => (e.getAttribute("aria-label") ?? e.textContent ?? "").trim() === name);
  if (!found) throw new Error(`No control is called ${name}.`);
  return found;
}

export function press(target: Element, key: string): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  target.dispatchEvent(event);
  return event;
}
