/** What a chart's specification needs before it is drawn: pure functions, no view. */
import type { Chart } from "../protocol";

type Spec = Record<string, unknown>;

/** From about here on, SVG's elements cost more than a canvas. */
const CANVAS_FROM_ROWS = 2000;

export function rendererFor(chart: Chart): "svg" | "canvas" {
  const rows = Object.values(chart.data).reduce((sum, data) => sum + data.length, 0);
  return rows > CANVAS_FROM_ROWS ? "canvas" : "svg";
}

/** Equal values; keys may stand in any order. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => key in b && deepEqual((a as Spec)[key], (b as Spec)[key]));
}

/** Whether the drawn view can be kept: then at most the rows change, and nothing flickers. */
export function changeBetween(drawn: Chart | null, next: Chart): "none" | "data" | "embed" {
  if (!drawn || rendererFor(drawn) !== rendererFor(next)) return "embed";
  const sameNames = deepEqual(Object.keys(drawn.data).sort(), Object.keys(next.data).sort());
  if (!sameNames || !deepEqual(drawn.spec, next.spec)) return "embed";
  return drawn.data === next.data || deepEqual(drawn.data, next.data) ? "none" : "data";
}

/** Space that axes and padding take beside the panels of a facetted chart, in px. */
const BESIDE_PANELS = 64;
const PANEL_SPACING = 20;

/**
 * Fit a specification to a width in px. A view that is as wide as its container gets that width (and can be
 * resized in place); a wrapped facet gets as many columns as fit; anything else is scaled by the style sheet.
 */
export function fitToWidth(spec: Spec, width: number): Spec {
  const panel = spec.spec as Spec | undefined;
  if (spec.facet && typeof spec.columns === "number" && typeof panel?.width === "number") {
    const spacing = typeof spec.spacing === "number" ? spec.spacing : PANEL_SPACING;
    const fitting = Math.floor((width - BESIDE_PANELS + spacing) / (panel.width + spacing));
    return { ...spec, columns: Math.max(1, Math.min(spec.columns, fitting)) };
  }
  if (isResizable(spec)) return { ...spec, width, autosize: { type: "fit-x", contains: "padding" } };
  return spec;
}

/** Whether the view takes its container's width, so that a new width needs no new view. */
export function isResizable(spec: Spec): boolean {
  return spec.width === "container";
}
