/** A drawn chart: Vega-Lite compiled and run without `eval`, without the network. */
import { type Loader, parse, type Spec, type TooltipHandler, Error as VegaErrors, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { type Config, compile, type TopLevelSpec } from "vega-lite";
import type { Chart } from "../protocol";
import { withoutInputs } from "./sliders";
import { fitToWidth, rendererFor } from "./spec";
import { type Surface, surfaceOf } from "./surface";

/** Everything a chart shows comes with it, so an address in a specification or in the data is refused. */
const refuse = () => Promise.reject(new Error("Charts load nothing."));
const noLoader = { load: refuse, sanitize: refuse, http: refuse, file: refuse } as unknown as Loader;

export interface Look {
  width: number;
  config: Record<string, unknown>;
  tooltip: TooltipHandler;
  /** When something was last asked for (see `surfaceOf`). */
  asked?: () => number;
}

const quiet = {
  level: () => quiet,
  error: () => quiet,
  warn: () => quiet,
  info: () => quiet,
  debug: () => quiet,
};

/** Drawings that are ready to run, the oldest first: people go back and forth between a few models. */
const ready = new Map<string, ReturnType<typeof parse>>();
const MOST_READY = 32;

function prepared(spec: Record<string, unknown>, config: Record<string, unknown>): ReturnType<typeof parse> {
  const key = JSON.stringify([spec, config]);
  let runtime = ready.get(key);
  if (!runtime) {
    const compiled = compile(spec as unknown as TopLevelSpec, {
      // The panel says to screen readers what a chart shows; labels of single marks would cost each drawing.
      config: { background: "transparent", aria: false, ...config } as Config,
      // biome-ignore lint/suspicious/noExplicitAny: vega-lite types the logger as Vega's class
      logger: quiet as any,
    });
    // An expression is walked as a tree (`ast`) where a content security policy forbids making functions of text.
    runtime = parse(compiled.spec as Spec, undefined, { ast: true });
  }
  ready.delete(key);
  ready.set(key, runtime);
  for (const old of ready.keys()) {
    if (ready.size <= MOST_READY) break;
    ready.delete(old);
  }
  return runtime;
}

export interface Drawing {
  view: View;
  surface: Surface;
}

/** Compile and draw a chart; it takes the place of what `box` holds once it is ready, so nothing flickers. */
export async function drawChart(box: HTMLElement, chart: Chart, look: Look): Promise<Drawing> {
  const stage = document.createElement("div");
  const view = new View(prepared(withoutInputs(fitToWidth(chart.spec, look.width)), look.config), {
    container: stage,
    renderer: "canvas",
    hover: true,
    expr: expressionInterpreter,
    loader: noLoader,
    tooltip: look.tooltip,
    logLevel: VegaErrors,
  });
  view.description(chart.description);
  const drawing = { view, surface: surfaceOf(view, rendererFor(chart), look.asked) };
  try {
    await swapData(drawing, chart);
  } catch (error) {
    discard(drawing);
    throw error;
  }
  box.replaceChildren(stage);
  return drawing;
}

/** End a drawing that is not shown any longer. */
export function discard({ view, surface }: Drawing): void {
  surface.end();
  view.finalize();
}

/** Swap the rows of a drawn chart. Vega marks the rows it is given, hence the copies. */
export function swapData({ view, surface }: Drawing, chart: Chart): Promise<View> {
  for (const [name, rows] of Object.entries(chart.data))
    view.data(
      name,
      rows.map((row) => ({ ...row })),
    );
  return surface.repaint();
}
