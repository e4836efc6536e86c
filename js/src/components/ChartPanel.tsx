import { useEffect, useRef, useState } from "preact/hooks";
import type { View } from "vega";
import { type Drawing, discard, drawChart, swapData } from "../charts/draw";
import { linkPart } from "../charts/parts";
import { type Paper, pictureOf } from "../charts/picture";
import { linkSelection } from "../charts/selection";
import { followSliders, settings } from "../charts/sliders";
import { changeBetween, sizeAt } from "../charts/spec";
import { tooltipIn } from "../charts/tooltip";
import { useId } from "../ids";
import type { Chart } from "../protocol";
import { useWidget } from "../state";
import { CopyButton } from "./CopyButton";
import { Pages } from "./Pages";

/** A chart with its title, what it says to screen readers, and a way to save it. */
export function ChartPanel({ chart, report }: { chart: Chart; report: number }) {
  const { requestText } = useWidget();
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const { view, failure } = useDrawnChart(chart, report, width, box, tip);
  const [unsaved, setUnsaved] = useState<string | null>(null);
  return (
    <figure
      class={isMatrix(chart) ? "mlm-chart is-matrix" : "mlm-chart"}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
    >
      <div class="mlm-chart-head">
        <h4 id={`${id}-title`}>{chart.title}</h4>
        {view && isDrawable(chart) && (
          <span class="mlm-save">
            <CopyButton
              label="Code"
              name={`Altair code of the chart ${chart.name}`}
              text={() => requestText(`chart:${chart.name}`)}
            />
            <SaveButtons view={view} chart={chart} onEnd={setUnsaved} />
          </span>
        )}
      </div>
      <Pages chart={chart} />
      {/* Where nothing is drawn the note says it to everybody. */}
      <p id={`${id}-text`} class="mlm-hidden">
        {isDrawable(chart) && chart.description}
      </p>
      {/* The text above says what there is to see; Vega's labels of single marks would drown it. */}
      <div ref={box} class="mlm-chart-box" aria-hidden="true" hidden={!isDrawable(chart)} />
      <div ref={tip} class="mlm-tooltip" hidden />
      <Parts chart={chart} />
      <p class="mlm-unsaved" role="alert">
        {unsaved}
      </p>
      {failure && <p class="mlm-fact">This chart could not be drawn: {failure}</p>}
      {chart.note && <p class="mlm-fact">{chart.note}</p>}
    </figure>
  );
}

/** Planes in rows and columns, which would be too small to read in a half of the width. */
function isMatrix({ spec }: Chart): boolean {
  return Array.isArray(spec.vconcat) && spec.vconcat.some((row) => Array.isArray(row.hconcat));
}

/** A chart without a specification has only its note to show. */
function isDrawable({ spec }: Chart): boolean {
  return Object.keys(spec).length > 0;
}

/** What the chart's marks stand for, for the keyboard: the list is seen once one of them has the focus. */
function Parts({ chart: { parts = [] } }: { chart: Chart }) {
  if (parts.length === 0) return null;
  return (
    <ul class="mlm-chart-parts" aria-label="Parts of the model in this chart">
      {parts.map(({ part, label }) => (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: focusing points at the part, as the pointer does at marks
        <li key={part} tabIndex={0} data-part={part}>
          {label}
        </li>
      ))}
    </ul>
  );
}

/** Width of an element in px, rounded; 0 until it has been laid out. */
function useWidth(box: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

type Ref = { current: HTMLDivElement | null };

/**
 * Draws a chart, and from then on changes as little of it as the next one asks for. `data-report` says of which
 * report the drawing is: it is behind the rest of the page until Vega has run.
 */
function useDrawnChart(chart: Chart, report: number, width: number, box: Ref, tip: Ref) {
  const { themes, theme, selection, sliders, part, asked } = useWidget();
  const config = themes.value?.[theme.value] ?? null;
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const drawn = useRef<{ chart: Chart; config: unknown; width: number } | null>(null);

  const drawable = isDrawable(chart);

  useEffect(() => {
    const last = drawn.current;
    if (!box.current || !tip.current || width === 0 || !drawable) return;
    const sameLook =
      last !== null && last.config === config && (last.width === width || sizeAt(chart.spec, width) !== null);
    const change = sameLook && drawing ? changeBetween(last.chart, chart) : "embed";
    drawn.current = { chart, config, width };
    const shown = () => {
      if (box.current && drawn.current?.chart === chart) box.current.dataset.report = String(report);
    };

    if (change !== "embed" && drawing) {
      const { view } = drawing;
      const size = sizeAt(chart.spec, width);
      if (size) view.width(size.width);
      if (size?.height) view.height(size.height);
      void (change === "data" ? swapData(drawing, chart) : view.runAsync()).then(shown);
      return;
    }
    let current = true;
    const look = { width, config: config ?? {}, tooltip: tooltipIn(tip.current), asked };
    drawChart(box.current, chart, look).then(
      (next) => {
        if (!current) return discard(next);
        setFailure(null);
        setDrawing(next);
        shown();
      },
      (error: unknown) => current && setFailure(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      current = false;
    };
  }, [chart, report, width, config, drawable]);

  useEffect(() => {
    if (!drawing) return;
    const { view, surface } = drawing;
    const ends = [
      linkSelection(view, selection),
      followSliders(view, surface, chart.spec, sliders),
      linkPart(view, part),
    ];
    return () => {
      for (const end of ends) end();
      discard(drawing);
    };
  }, [drawing]);

  return { view: drawing?.view ?? null, failure };
}

interface SaveProps {
  view: View;
  chart: Chart;
  onEnd: (failure: string | null) => void;
}

/** Why a picture was not saved, and what to do: a PNG is limited by the browser's canvas, an SVG is not. */
function unsavedSentence(kind: "png" | "svg", error: unknown): string {
  const why = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
  const cure = kind === "png" ? "save it as SVG, or make the window narrower" : "copy its code instead";
  return `The picture was not saved as ${kind.toUpperCase()} (${why}): ${cure}.`;
}

/** What a chart stands on; it is saved with it, as light letters would vanish on white paper. */
function paper(view: View, font: unknown): Paper {
  const { backgroundColor, color, fontFamily } = getComputedStyle(
    view.container()?.closest(".mlm") ?? document.body,
  );
  return { ground: backgroundColor, ink: color, font: typeof font === "string" ? font : fontFamily };
}

/** Buttons that save the chart; `onEnd` is told why that failed, or null. */
function SaveButtons({ view, chart, onEnd }: SaveProps) {
  const { report, sliders, themes, theme } = useWidget();
  const { name, title, description, note } = chart;
  const save = async (kind: "png" | "svg") => {
    try {
      await download(kind);
      onEnd(null);
    } catch (error) {
      onEnd(unsavedSentence(kind, error));
    }
  };
  const download = async (kind: "png" | "svg") => {
    const { formula = "", headline = "" } = report.value ?? {};
    const notes = [`${headline}.`, ...settings(chart, sliders.value), note ?? ""].filter((text) => text);
    const caption = { title, description, formula, notes };
    const look = paper(view, themes.value?.[theme.value]?.font);
    const address = URL.createObjectURL(await pictureOf(view, kind, caption, look));
    const link = document.createElement("a");
    link.href = address;
    link.download = `${name}.${kind}`;
    link.click();
    // The download has to have begun before what it reads may go.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  };
  return (["png", "svg"] as const).map((kind) => (
    <button
      key={kind}
      type="button"
      class="mlm-link"
      aria-label={`Save the chart ${name} as ${kind.toUpperCase()}`}
      onClick={() => void save(kind)}
    >
      {kind.toUpperCase()}
    </button>
  ));
}
