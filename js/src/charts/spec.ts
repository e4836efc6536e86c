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
const BESIDE_PANELS = 52;
const PANEL_SPACING = 20;
/** Panels grow with the room there is, but not beyond this multiple of the size that Python chose. */
const MOST_GROWTH = 1.5;

/**
 * Fit a specification to a width in px. A single view gets a size (see `sizeAt`); a wrapped facet gets as many
 * columns as fit, and wider panels where there is room; anything else is scaled by the style sheet.
 */
export function fitToWidth(spec: Spec, width: number): Spec {
  const size = sizeAt(spec, width);
  if (size) return { ...spec, ...size, autosize: { type: "fit-x", contains: "padding" } };
  const panel = spec.spec as Spec | undefined;
  if (spec.facet && typeof spec.columns === "number" && typeof panel?.width === "number") {
    const spacing = columnSpacing(spec.spacing);
    const room = width - BESIDE_PANELS + spacing;
    const columns = Math.max(1, Math.min(spec.columns, Math.floor(room / (panel.width + spacing))));
    const widest = Math.min(Math.floor(room / columns) - spacing, panel.width * MOST_GROWTH);
    return { ...spec, columns, spec: { ...panel, width: Math.max(panel.width, Math.floor(widest)) } };
  }
  return spec;
}

function columnSpacing(spacing: unknown): number {
  if (typeof spacing === "number") return spacing;
  const column = (spacing as { column?: unknown } | undefined)?.column;
  return typeof column === "number" ? column : PANEL_SPACING;
}

/**
 * Size of a single view in a container of `width` px: a square stays one and does not outgrow the size that
 * Python chose, everything else is as wide as its container. Null for views of several panels.
 */
export function sizeAt(spec: Spec, width: number): { width: number; height?: number } | null {
  if (!("mark" in spec) && !("layer" in spec)) return null;
  if (spec.width === "container") return { width };
  if (typeof spec.width !== "number") return null;
  if (spec.width !== spec.height) return { width };
  const side = Math.min(width, spec.width);
  return { width: side, height: side };
}
