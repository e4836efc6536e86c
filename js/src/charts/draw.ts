/** A drawn chart: Vega-Lite compiled and run without `eval`, without the network. */
import { type Loader, parse, type Spec, type TooltipHandler, Error as VegaErrors, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { type Config, compile, type TopLevelSpec } from "vega-lite";
import type { Chart } from "../protocol";
import { withoutInputs } from "./sliders";
import { fitToWidth, rendererFor } from "./spec";

/** Everything a chart shows comes with it, so an address in a specification or in the data is refused. */
const refuse = () => Promise.reject(new Error("Charts load nothing."));
const noLoader = { load: refuse, sanitize: refuse, http: refuse, file: refuse } as unknown as Loader;

export interface Look {
  width: number;
  config: Record<string, unknown>;
  tooltip: TooltipHandler;
}

/** Compile and draw a chart; it takes the place of what `box` holds once it is ready, so nothing flickers. */
export async function drawChart(box: HTMLElement, chart: Chart, look: Look): Promise<View> {
  const spec = { ...withoutInputs(fitToWidth(chart.spec, look.width)), description: chart.description };
  const quiet = {
    level: () => quiet,
    error: () => quiet,
    warn: () => quiet,
    info: () => quiet,
    debug: () => quiet,
  };
  const compiled = compile(spec as unknown as TopLevelSpec, {
    config: { background: "transparent", aria: false, ...look.config } as Config,
    // biome-ignore lint/suspicious/noExplicitAny: vega-lite types the logger as Vega's class
    logger: quiet as any,
  });
  // An expression is walked as a tree (`ast`) where a content security policy forbids making functions of text.
  const stage = document.createElement("div");
  const view = new View(parse(compiled.spec as Spec, undefined, { ast: true }), {
    container: stage,
    renderer: rendererFor(chart),
    hover: true,
    expr: expressionInterpreter,
    loader: noLoader,
    tooltip: look.tooltip,
    logLevel: VegaErrors,
  });
  await swapData(view, chart);
  box.replaceChildren(stage);
  return view;
}

/** Swap the rows of a drawn chart. Vega marks the rows it is given, hence the copies. */
export function swapData(view: View, chart: Chart): Promise<View> {
  for (const [name, rows] of Object.entries(chart.data)) view.data(name, structuredClone(rows));
  return view.runAsync();
}
