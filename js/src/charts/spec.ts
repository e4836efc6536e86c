/** What a chart's specification needs before it is drawn: pure functions, no view. */
import { deepEqual } from "../equal";
import type { Chart } from "../protocol";

type Spec = Record<string, unknown>;

/** From about here on, SVG's elements cost more than a canvas. */
const CANVAS_FROM_ROWS = 2000;

export function rendererFor(chart: Chart): "svg" | "canvas" {
  const rows = Object.values(chart.data).reduce((sum, data) => sum + data.length, 0);
  return rows > CANVAS_FROM_ROWS ? "canvas" : "svg";
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
/** Rows of panels compare no pooling with partial pooling. */
const PANELS_OF_A_ROW = 2;
/** Panels grow with the room there is, but not beyond this multiple of the size that Python chose. */
const MOST_GROWTH = 1.5;

/**
 * Fit a specification to a width in px. A single view gets a size (see `sizeAt`); wrapped panels (a facet, or
 * several views) get as many columns as fit, and grow where there is room; the style sheet scales the rest.
 */
export function fitToWidth(spec: Spec, width: number): Spec {
  const size = sizeAt(spec, width);
  if (size) return { ...spec, ...size, autosize: { type: "fit-x", contains: "padding" } };
  if (Array.isArray(spec.vconcat)) {
    return { ...spec, vconcat: spec.vconcat.map((part: Spec) => fitPart(part, width)) };
  }
  if (typeof spec.columns !== "number") return spec;

  const spacing = columnSpacing(spec.spacing);
  const panel = spec.spec as Spec | undefined;
  if (spec.facet && typeof panel?.width === "number") {
    // The panels of a row share one axis.
    const wrapped = wrap(width - BESIDE_PANELS, spec.columns, panel.width, spacing);
    return { ...spec, columns: wrapped.columns, spec: { ...panel, width: wrapped.width } };
  }
  if (Array.isArray(spec.concat)) {
    const views = spec.concat as Spec[];
    const widths = views.map((view) => view.width);
    if (!widths.every((each) => typeof each === "number" && each === widths[0])) return spec;
    const wrapped = wrap(width, spec.columns, (widths[0] as number) + BESIDE_PANELS, spacing);
    const grown = wrapped.width - BESIDE_PANELS;
    // A square that grew in width only would no longer be one.
    const concat = views.map((view) => (view.width === view.height ? view : { ...view, width: grown }));
    return { ...spec, columns: wrapped.columns, concat };
  }
  return spec;
}

/** A part of a chart: as `fitToWidth`, but only a whole chart may size itself by its container. */
function fitPart(spec: Spec, width: number): Spec {
  const panel = spec.spec as Spec | undefined;
  const side = typeof spec.width === "number" ? spec : panel;
  if (typeof side?.width !== "number" || typeof spec.columns === "number") return fitToWidth(spec, width);
  // A row of panels, or a single view: they share the width that axes leave.
  const panels = side === panel ? PANELS_OF_A_ROW : 1;
  const room = (width - BESIDE_PANELS - (panels - 1) * PANEL_SPACING) / panels;
  const fitted = { ...side, width: Math.floor(Math.min(room, side.width * MOST_GROWTH)) };
  return side === panel ? { ...spec, spec: fitted } : fitted;
}

/** How many panels of at least `least` px stand side by side, and how wide they then are. */
function wrap(
  room: number,
  most: number,
  least: number,
  spacing: number,
): { columns: number; width: number } {
  const columns = Math.max(1, Math.min(most, Math.floor((room + spacing) / (least + spacing))));
  const widest = Math.min((room + spacing) / columns - spacing, least * MOST_GROWTH);
  return { columns, width: Math.max(least, Math.floor(widest)) };
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
