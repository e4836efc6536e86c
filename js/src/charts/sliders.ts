/** Controls of charts: a parameter that several charts name is set for all of them at once. */
import type { Signal } from "@preact/signals";
import type { View } from "vega";
import type { Chart } from "../protocol";
import type { Surface } from "./surface";

type Spec = Record<string, unknown>;

interface Base {
  name: string;
  label: string;
  /** Sentence that stands beside the control; empty when there is none. */
  hint: string;
}

export interface Slider extends Base {
  min: number;
  max: number;
  step: number;
  value: number;
  /** What the left and the right end stand for; null when that goes without saying. */
  ends: [string, string] | null;
}

/** A choice of one among a few named options. */
export interface Choice extends Base {
  options: string[];
  value: string;
}

/** Values that people have set, under the parameter's name. */
export type SliderValues = Readonly<Record<string, number | string>>;

interface Range {
  input: "range";
  name?: string;
  min: number;
  max: number;
  step?: number;
}

interface Radio {
  input: "radio";
  name?: string;
  options: string[];
}

interface Parameter<Bind> {
  name: string;
  value?: number | string;
  bind: Bind;
}

function bound(spec: Spec): Parameter<Range | Radio>[] {
  const params = Array.isArray(spec.params) ? (spec.params as Partial<Parameter<Range | Radio>>[]) : [];
  return params.filter((param): param is Parameter<Range | Radio> =>
    ["range", "radio"].includes(param.bind?.input ?? ""),
  );
}

/** One control for each parameter, however many charts name it. */
export function controlsOf(charts: Chart[]): (Slider | Choice)[] {
  const controls = new Map<string, Slider | Choice>();
  for (const { spec, hints, ends } of charts) {
    for (const { name, value, bind } of bound(spec)) {
      const label = (bind.name ?? name).replace(/:\s*$/, "");
      const base = { name, label, hint: hints?.[name] ?? controls.get(name)?.hint ?? "" };
      if (bind.input === "radio") {
        controls.set(name, { ...base, options: bind.options, value: String(value ?? bind.options[0]) });
      } else {
        const { min, max } = bind;
        const step = bind.step ?? (max - min) / 100;
        const [left, right] = ends?.[name] ?? [];
        const named: Slider["ends"] = left && right ? [left, right] : null;
        controls.set(name, { ...base, min, max, step, value: Number(value ?? min), ends: named });
      }
    }
  }
  return [...controls.values()];
}

/** Where a slider stands between its ends, in words; null for one whose ends have no names. */
export function place(now: number, { min, max, value: rest, ends }: Slider): string | null {
  if (!ends) return null;
  if (now === rest) return "the fit";
  if (now <= min) return ends[0];
  if (now >= max) return ends[1];
  const towards = now < rest ? (rest - now) / (rest - min) : (now - rest) / (max - rest);
  return `${Math.round(100 * towards)} % of the way to ${ends[now < rest ? 0 : 1]}`;
}

/** What people have set in a chart that does not say it itself: a sentence for each slider that was moved. */
export function settings(chart: Chart, values: SliderValues): string[] {
  return controlsOf([chart]).flatMap((control) => {
    const now = values[control.name];
    if ("options" in control || typeof now !== "number" || now === control.value) return [];
    return [`Slider: ${place(now, control) ?? `${control.label} ${now}`}.`, control.hint].filter(Boolean);
  });
}

/** The specification without its inputs, which Vega would draw below each chart. */
export function withoutInputs(spec: Spec): Spec {
  const inputs = bound(spec);
  if (inputs.length === 0) return spec;
  const params = (spec.params as object[]).map((param) => {
    const { bind, ...rest } = param as Spec;
    return inputs.some((input) => input === param) ? rest : param;
  });
  return { ...spec, params };
}

/** Let a chart's view follow the controls, at most once a frame; returns the function that ends it. */
export function followSliders(
  view: View,
  surface: Surface,
  spec: Spec,
  values: Signal<SliderValues>,
): () => void {
  const names = bound(spec).map(({ name }) => name);
  const adopt = () => {
    const now = values.peek();
    const changed = names.filter((name) => now[name] !== undefined && now[name] !== view.signal(name));
    for (const name of changed) view.signal(name, now[name]);
    return changed.length > 0;
  };
  if (adopt()) void view.runAsync();

  let frame = 0;
  const stop = values.subscribe(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => adopt() && surface.repaint());
  });
  return () => {
    cancelAnimationFrame(frame);
    stop();
  };
}
