/** A model that answers as Python would, and the states that screenshots are taken of. */
import widget from "../src/index";
import type { Request } from "../src/protocol";
import type { Model } from "../src/state";
import {
  CORRELATED,
  DONE,
  formula,
  IDLE,
  PRESET_MODELS,
  report,
  SAMPLING,
  type Switches,
  view,
  wrong,
} from "./model";
import themes from "./themes.json";

/** anywidget's model, answering as Python would. */
export class MockModel implements Model {
  readonly sent: Request[] = [];
  #traits: Record<string, unknown>;
  #listeners = new Map<string, Set<(...args: unknown[]) => void>>();

  constructor(traits: Record<string, unknown>) {
    this.#traits = traits;
  }
  get(name: string): unknown {
    return this.#traits[name];
  }
  set(name: string, value: unknown): void {
    this.#traits[name] = value;
    this.emit(`change:${name}`);
  }
  emit(event: string, ...args: unknown[]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(...args);
  }
  on(event: string, callback: (...args: unknown[]) => void): void {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(callback));
  }
  off(event: string, callback: (...args: unknown[]) => void): void {
    this.#listeners.get(event)?.delete(callback);
  }
  get listenerCount(): number {
    return [...this.#listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
  send(content: unknown): void {
    this.sent.push(content as Request);
  }
}

export const STATES: Record<string, () => Record<string, unknown>> = {
  empty: () => ({ view: view(CORRELATED), status: { ...IDLE, message: "" } }),
  fitted: () => ({ view: view(CORRELATED), status: IDLE, report: report(CORRELATED) }),
  error: () => ({ view: wrong(CORRELATED), status: IDLE, report: report(CORRELATED) }),
  fitting: () => ({ view: view(CORRELATED), status: SAMPLING, report: report(CORRELATED) }),
  stale: () => ({
    view: view({ ...CORRELATED, bar: "||" }, 2),
    status: DONE,
    out_of_date: `The model has changed since: these are the estimates of ${formula(CORRELATED)}.`,
    report: report(CORRELATED, 2, {
      live: false,
      method: "pymc",
      headline: "PyMC (NUTS): 4 × 1000 draws in 6.1 s.",
      verdict: { severity: "warning", text: "12 of 4000 draws diverged; look before you use the estimates." },
      advice: [
        { text: "Smaller steps often help.", label: "Fit with target_accept 0.95", request: { type: "fit" } },
      ],
    }),
  }),
};

function answer(model: MockModel, request: Request): void {
  const next: Switches = { ...CORRELATED, ...(model.get("switches") as Switches) };
  switch (request.type) {
    case "fit":
      model.set("status", SAMPLING);
      break;
    case "cancel":
      model.set("status", { ...IDLE, stage: "cancelled", message: "Cancelled." });
      break;
    case "copy":
      model.emit("msg:custom", {
        type: "copy",
        what: request.what,
        text: `# ${request.what}\n${formula(next)}`,
      });
      break;
    case "formula":
      model.set("view", request.text === formula(next) ? view(next) : wrong(next, String(request.text)));
      break;
    case "edit":
      change(model, next, request);
  }
}

function change(model: MockModel, next: Switches, request: Request): void {
  if (request.edit === "preset") Object.assign(next, PRESET_MODELS.get(String(request.name)));
  if (request.edit === "set-group-intercept") next.intercept = request.on === true;
  if (request.edit === "set-slope") next.slope = request.on === true;
  if (request.edit === "set-correlated") next.bar = request.value as "|" | "||";
  model.set("switches", next);
  model.set("view", view(next));
  model.set("report", report(next));
}

/** Put a widget with a state's traits (or a record of real ones) into `el`. */
export function show(el: HTMLElement, traits: Record<string, unknown>): MockModel {
  const model = new MockModel({ candidates: [], themes, ...traits });
  const record = model.send.bind(model);
  model.send = (content) => {
    record(content);
    setTimeout(() => answer(model, content as Request), 60);
  };
  widget.render({ model, el });
  return model;
}
