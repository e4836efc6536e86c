/** Sliders of charts: a parameter that several charts name is set for all of them at once. */
import { effect, type Signal } from "@preact/signals";
import type { View } from "vega";
import type { Chart } from "../protocol";

type Spec = Record<string, unknown>;

export interface Slider {
  name: string;
  label: string;
  min: number;
  max: number;
  step: number;
  value: number;
}

/** Values that people have set, under the parameter's name. */
export type SliderValues = Readonly<Record<string, number>>;

interface RangeParameter {
  name: string;
  value?: number;
  bind: { input: "range"; name?: string; min: number; max: number; step?: number };
}

function rangeParameters(spec: Spec): RangeParameter[] {
  const params = Array.isArray(spec.params) ? (spec.params as Partial<RangeParameter>[]) : [];
  return params.filter((param): param is RangeParameter => param.bind?.input === "range");
}

/** One slider for each parameter, however many charts name it. */
export function slidersOf(charts: Chart[]): Slider[] {
  const sliders = new Map<string, Slider>();
  for (const { spec } of charts) {
    for (const { name, value, bind } of rangeParameters(spec)) {
      const { min, max } = bind;
      sliders.set(name, {
        name,
        label: bind.name ?? name,
        min,
        max,
        step: bind.step ?? (max - min) / 100,
        value: value ?? min,
      });
    }
  }
  return [...sliders.values()];
}

/** The specification without its range inputs, which Vega would draw below each chart. */
export function withoutInputs(spec: Spec): Spec {
  const ranges = rangeParameters(spec);
  if (ranges.length === 0) return spec;
  const params = (spec.params as object[]).map((param) => {
    const { bind, ...rest } = param as Spec;
    return ranges.some((range) => range === param) ? rest : param;
  });
  return { ...spec, params };
}

/** Let a chart's view follow the sliders; returns the function that ends it. */
export function followSliders(view: View, spec: Spec, values: Signal<SliderValues>): () => void {
  const names = rangeParameters(spec).map(({ name }) => name);
  return effect(() => {
    const changed = names.filter((name) => {
      const value = values.value[name];
      return value !== undefined && value !== view.signal(name);
    });
    for (const name of changed) view.signal(name, values.value[name]);
    if (changed.length > 0) void view.runAsync();
  });
}
