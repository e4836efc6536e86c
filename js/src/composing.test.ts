/** Several widgets on one page, and one widget shown twice. */
import { afterEach, expect, test } from "vitest";
import widget from "./index";
import { MockModel } from "./test/mock";
import { IDLE, report, THEMES, view } from "./test/model";
import { named, removeAll, settled, showWidget } from "./test/render";

afterEach(removeAll);

test("no id stands twice on a page with several widgets", async () => {
  showWidget();
  showWidget();
  await settled();
  const ids = [...document.querySelectorAll(".mlm [id]")].map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(20);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a widget that is shown twice shows the same model in both places, another one its own", async () => {
  const model = new MockModel({ candidates: [], themes: THEMES, view: view(), status: IDLE, report: {} });
  const places = [0, 1].map(() => document.body.appendChild(document.createElement("div")));
  const ends = places.map((el) => widget.render({ model, el }));
  const other = showWidget();
  model.set("view", view("intercept", 2));
  await settled();
  for (const place of places) {
    expect(named(place, "Slope of Days varies").getAttribute("aria-checked")).toBe("false");
  }
  expect(named(other.root, "Slope of Days varies").getAttribute("aria-checked")).toBe("true");
  ends[0]?.();
  model.set("view", view("correlated", 3));
  await settled();
  expect(named(places[1] as Element, "Slope of Days varies").getAttribute("aria-checked")).toBe("true");
  ends[1]?.();
  for (const place of places) place.remove();
});

test("a slider whose ends have names says in words where it stands", async () => {
  const pool = {
    name: "pool",
    value: 0.5,
    bind: { input: "range", name: "Pooling", min: 0, max: 1, step: 0.01 },
  };
  const chart = {
    name: "pooling",
    tab: "Pooling",
    title: "Pooling",
    description: "",
    spec: { params: [pool], data: { name: "rows" }, mark: "point" },
    data: { rows: [] },
    note: null,
    ends: { pool: ["complete pooling", "no pooling"] },
  };
  const { root } = showWidget({ report: report(1, { charts: [chart] }) });
  const slider = root.querySelector<HTMLInputElement>("input[type=range]");
  if (!slider) throw new Error("There is no slider.");
  const said: (string | null)[] = [];
  for (const at of ["0.5", "0", "0.75", "1"]) {
    slider.value = at;
    slider.dispatchEvent(new Event("input"));
    await settled();
    said.push(slider.getAttribute("aria-valuetext"));
  }
  expect(said).toEqual(["the fit", "complete pooling", "50 % of the way to no pooling", "no pooling"]);
});
