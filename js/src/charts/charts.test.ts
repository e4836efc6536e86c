import { effect, signal } from "@preact/signals";
import { parse, type Spec, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { expect, test, vi } from "vitest";
import type { Chart } from "../protocol";
import { charts } from "../test/charts";
import { drawChart } from "./draw";
import { linkSelection, selectsGroups } from "./selection";
import { controlsOf, followSliders, type SliderValues, withoutInputs } from "./sliders";
import { changeBetween, fitToWidth, rendererFor, sizeAt } from "./spec";
import { surfaceOf } from "./surface";
import { beside } from "./tooltip";

const [pooling, shrinkage] = charts() as [Chart, Chart];
const copy = <T>(value: T): T => structuredClone(value);
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

test("new numbers swap into the drawn view, a new specification draws it again", () => {
  expect(changeBetween(null, pooling)).toBe("embed");
  expect(changeBetween(pooling, copy(pooling))).toBe("none");
  const moved: Chart = { ...copy(pooling), data: { rows: (pooling.data.rows ?? []).slice(1) } };
  expect(changeBetween(pooling, moved)).toBe("data");
  expect(changeBetween(pooling, { ...moved, spec: { ...moved.spec, columns: 3 } })).toBe("embed");
  expect(changeBetween(pooling, { ...moved, data: { other: moved.data.rows ?? [] } })).toBe("embed");
});

test("a chart of very many marks is drawn on a canvas, and drawn again when it becomes one", () => {
  const many = { ...pooling, data: { rows: Array.from({ length: 3000 }, (_, x) => ({ x })) } };
  expect(rendererFor(pooling)).toBe("svg");
  expect(rendererFor(many)).toBe("canvas");
  expect(changeBetween(pooling, many)).toBe("embed");
});

test("facets get the columns that fit, never more than asked for, never none, and fill the width", () => {
  const fitted = (width: number) =>
    fitToWidth(pooling.spec, width) as { columns: number; spec: { width: number } };
  expect([2000, 400, 50].map((width) => fitted(width).columns)).toEqual([6, 3, 1]);
  expect(fitted(2000).spec.width).toBe(126);
  expect(fitted(50).spec.width).toBe(84);
  const { columns, spec } = fitted(500);
  expect(52 + columns * spec.width + (columns - 1) * 14).toBeLessThanOrEqual(500);
});

test("several views stand side by side as long as they fit, and grow", () => {
  const spec = {
    columns: 2,
    concat: [
      { mark: "bar", width: 250 },
      { layer: [], width: 250 },
    ],
  };
  const fitted = (width: number) => fitToWidth(spec, width) as typeof spec;
  expect(fitted(900).columns).toBe(2);
  expect(fitted(900).concat.map((view) => view.width)).toEqual([388, 388]);
  expect(fitted(500).columns).toBe(1);
  const squares = {
    columns: 2,
    concat: [
      { width: 250, height: 250 },
      { width: 250, height: 250 },
    ],
  };
  expect(fitToWidth(squares, 900).concat).toEqual(squares.concat);
});

test("a single view takes the width of its container, a square stays one", () => {
  expect(fitToWidth(shrinkage.spec, 512).width).toBe(512);
  expect(sizeAt({ mark: "bar", width: 520, height: 100 }, 300)).toEqual({ width: 300 });
  expect(sizeAt({ layer: [], width: 420, height: 420 }, 900)).toEqual({ width: 420, height: 420 });
  expect(sizeAt({ layer: [], width: 420, height: 420 }, 300)).toEqual({ width: 300, height: 300 });
  expect(sizeAt({ hconcat: [] }, 300)).toBeNull();
});

test("parts below each other take the width there is, down to a narrow page", () => {
  const spec = {
    vconcat: [
      { layer: [], width: 360, height: { step: 40 } },
      { facet: { field: "panel" }, columns: 3, spacing: 16, spec: { width: 180, height: 70 } },
      { facet: { column: { field: "kind" } }, spec: { width: 270, height: 210 } },
    ],
  };
  const fitted = (width: number) => fitToWidth(spec, width).vconcat;
  expect(fitted(440)).toMatchObject([{ width: 388 }, { columns: 2 }, { spec: { width: 184 } }]);
  expect(fitted(2000)).toMatchObject([{ width: 540 }, { columns: 3 }, { spec: { width: 405 } }]);
});

async function headless(chart: Chart): Promise<View> {
  const { spec } = compile(fitToWidth(chart.spec, 400) as unknown as TopLevelSpec);
  const view = new View(parse(spec as Spec, undefined, { ast: true }), {
    renderer: "none",
    expr: expressionInterpreter,
  });
  for (const [name, rows] of Object.entries(chart.data)) view.data(name, copy(rows));
  return view.runAsync();
}

/** Opacities of the marks that show a group. */
async function dimmed(view: View): Promise<number> {
  const svg = await view.toSVG();
  return (svg.match(/opacity="0.25"/g) ?? []).length;
}

test("a group that is picked in one chart is picked in the other, and freed again", async () => {
  const selection = signal<readonly (string | number)[]>([]);
  const views = [await headless(pooling), await headless(shrinkage)] as [View, View];
  const parts = views.map((view) => linkSelection(view, selection));
  expect(await dimmed(views[1])).toBe(0);

  // What a click on a mark does: the selection's tuple changes.
  const pick = { unit: "", fields: [{ type: "E", field: "level" }], values: ["308"] };
  await views[0].data("group_store", [pick]).runAsync();
  await views[1].runAsync();
  expect(selection.value).toEqual(["308"]);
  expect(views[1].data("group_store").map((p) => p.values)).toEqual([["308"]]);
  // 17 of 18 groups step back, each with its circle and its ring.
  expect(await dimmed(views[1])).toBe(34);

  selection.value = [];
  await Promise.all(views.map((view) => view.runAsync()));
  expect(await dimmed(views[1])).toBe(0);
  for (const part of parts) part();
});

test("a pick from elsewhere can be clicked away", async () => {
  const selection = signal<readonly (string | number)[]>(["308"]);
  const view = await headless(shrinkage);
  linkSelection(view, selection);
  await view.runAsync();
  // Vega's toggle compares the whole pick, its unit too, and so adds a second one.
  const own = { unit: "layer_2", fields: [{ type: "E", field: "level" }], values: ["308"] };
  await view.data("group_store", [...view.data("group_store"), own]).runAsync();
  await view.runAsync();
  expect(selection.value).toEqual([]);
  expect(view.data("group_store")).toEqual([]);
});

test("charts that are parted, or that have no groups to pick, are left alone", async () => {
  const selection = signal<readonly (string | number)[]>([]);
  const view = await headless(shrinkage);
  linkSelection(view, selection)();
  selection.value = ["308"];
  expect(view.data("group_store")).toEqual([]);

  const { spec: full, ...rest } = shrinkage;
  const plain = await headless({ ...rest, spec: { data: { name: "arrows" }, mark: "point" } });
  expect(() => linkSelection(plain, selection)).not.toThrow();
  expect(full).toBeDefined();
});

test("links between charts end: one pick is not echoed for ever", async () => {
  const selection = signal<readonly (string | number)[]>([]);
  const views = [await headless(pooling), await headless(shrinkage)];
  for (const view of views) linkSelection(view, selection);
  let changes = 0;
  effect(() => {
    selection.value;
    changes += 1;
  });
  selection.value = ["308", "309"];
  for (let i = 0; i < 3; i += 1) for (const view of views) await view.runAsync();
  expect(changes).toBe(2);
});

test("a chart loads nothing, whatever its specification asks for", async () => {
  const box = document.createElement("div");
  const chart: Chart = {
    ...shrinkage,
    data: {},
    spec: { data: { url: "https://example.org/x.json" }, mark: "point" },
  };
  const fetched: unknown[] = [];
  globalThis.fetch = (async (address: unknown) => {
    fetched.push(address);
    return new Response("[]");
  }) as typeof fetch;
  await drawChart(box, chart, { width: 300, config: {}, tooltip: () => {} }).catch(() => {});
  expect(fetched).toEqual([]);
});

test("a drawing that is made again from what is ready has its own rows and words", async () => {
  const look = { width: 300, config: {}, tooltip: () => {} };
  const other = { ...shrinkage, description: "others", data: { arrows: [] } };
  const boxes = [document.createElement("div"), document.createElement("div")] as const;
  const { view: first } = await drawChart(boxes[0], shrinkage, look);
  const { view: second } = await drawChart(boxes[1], other, look);
  expect(first.data("arrows")).toHaveLength(shrinkage.data.arrows?.length ?? 0);
  expect(second.data("arrows")).toEqual([]);
  expect([first.description(), second.description()]).toEqual([shrinkage.description, "others"]);
  first.signal("pool", 0.25);
  expect(second.signal("pool")).toBe(1);
});

test("a slider of several charts stands once, and moves every chart that names it", async () => {
  const charts = [shrinkage, { ...shrinkage, name: "other" }, pooling];
  const found = controlsOf(charts);
  expect(found).toMatchObject([{ name: "pool", min: 0, max: 1, value: 1 }]);
  const plain = withoutInputs(shrinkage.spec);
  expect(controlsOf([{ ...shrinkage, spec: plain }])).toEqual([]);

  const values = signal<SliderValues>({});
  const [one, two, three] = await Promise.all(charts.map(headless));
  const ends = [one, two, three].map((each, i) => {
    const view = each as View;
    return followSliders(view, surfaceOf(view, "none"), charts[i]?.spec ?? {}, values);
  });
  const runs = vi.spyOn(one as View, "runAsync");
  for (const pool of [0.75, 0.5, 0.25]) values.value = { pool };
  await frame();
  expect([one?.signal("pool"), two?.signal("pool")]).toEqual([0.25, 0.25]);
  expect(runs).toHaveBeenCalledTimes(1);
  for (const end of ends) end();
  values.value = { pool: 0.5 };
  await frame();
  expect(one?.signal("pool")).toBe(0.25);
});

test("a choice among options is a control as well, with its sentence, and leaves the drawing", () => {
  const bind = { input: "radio", name: "Shown: ", options: ["deviation", "total"] };
  const spec = { ...shrinkage.spec, params: [{ name: "show", value: "total", bind }] };
  const hints = { show: "A total is …" };
  expect(controlsOf([{ ...shrinkage, spec, hints }])).toEqual([
    {
      name: "show",
      label: "Shown",
      hint: "A total is …",
      options: ["deviation", "total"],
      value: "total",
    },
  ]);
  expect(withoutInputs(spec).params).toEqual([{ name: "show", value: "total" }]);
});

test("a chart whose groups can be picked is known, however deep its views are nested", () => {
  const [, , caterpillar] = charts() as [Chart, Chart, Chart];
  expect([pooling, shrinkage, caterpillar].map(({ spec }) => selectsGroups(spec))).toEqual([
    true,
    true,
    true,
  ]);
  expect(
    selectsGroups({ concat: [{ mark: "bar" }, { layer: [{ mark: "bar", params: [{ name: "other" }] }] }] }),
  ).toBe(false);
});

test("a tooltip stands beside the pointer, and over it only where neither side has room", () => {
  const room = { start: 0, end: 400 };
  expect(beside(100, 200, room)).toBe(112);
  expect(beside(300, 200, room)).toBe(88);
  expect(beside(200, 300, room)).toBe(100);
  expect(beside(200, 500, room)).toBe(0);
});

test("a chart is painted on a canvas while it changes and in elements at rest, unless it has ended", async () => {
  vi.useFakeTimers();
  const view = await headless(shrinkage);
  const painted = vi.spyOn(view, "renderer").mockReturnThis();
  const surface = surfaceOf(view, "svg");
  void surface.repaint();
  vi.advanceTimersByTime(300);
  void surface.repaint();
  vi.advanceTimersByTime(300);
  expect(painted.mock.calls).toEqual([["canvas"], ["canvas"]]);
  vi.advanceTimersByTime(300);
  expect(painted.mock.calls.slice(2)).toEqual([["svg"]]);

  // Soon after a click the next chart is on its way.
  const clicked = performance.now() + 300;
  void surfaceOf(view, "svg", () => clicked).repaint();
  vi.advanceTimersByTime(700);
  expect(painted.mock.calls.slice(3)).toEqual([["canvas"]]);
  vi.advanceTimersByTime(200);
  expect(painted.mock.calls.slice(4)).toEqual([["svg"]]);

  void surface.repaint();
  surface.end();
  vi.advanceTimersByTime(1000);
  expect(painted.mock.calls.slice(5)).toEqual([["canvas"]]);
  // One of many marks is a canvas for good.
  void surfaceOf(view, "canvas").repaint();
  vi.advanceTimersByTime(1000);
  expect(painted.mock.calls.slice(6)).toEqual([["canvas"]]);
  vi.useRealTimers();
});
