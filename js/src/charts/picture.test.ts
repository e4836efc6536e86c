import { expect, test } from "vitest";
import type { Chart } from "../protocol";
import { charts } from "../test/charts";
import { composed, wrapped } from "./picture";
import { settings } from "./sliders";

const letters = (text: string) => text.length;
const drawing =
  '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200" viewBox="0 0 300 200"><g/></svg>';
const paper = { ground: "rgb(255, 255, 255)", ink: "rgb(0, 0, 0)", font: "sans-serif" };

test("a caption is broken between words, and within one that is wider than the picture", () => {
  expect(wrapped("y ~ x + (1 | g)", 8, letters)).toEqual(["y ~ x +", "(1 | g)"]);
  expect(wrapped("short abcdefghij k", 4, letters)).toEqual(["shor", "t", "abcd", "efgh", "ij k"]);
  expect(wrapped("one line", 20, letters)).toEqual(["one line"]);
});

test("a saved picture says what it shows and of which model, as text that is no markup", () => {
  const formula = "y ~ `a<b>` + (1 | g)";
  const caption = { title: "y by x", description: "Eighteen groups.", formula, notes: ["A.", "B & C."] };
  const { svg, width, height } = composed(drawing, caption, paper);
  expect(svg.startsWith("<svg")).toBe(true);
  const read = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  expect([...read.querySelectorAll("text")].map((text) => text.textContent)).toEqual([
    "y by x",
    formula,
    "A. B & C.",
  ]);
  expect(read.querySelector("title")?.textContent).toBe("y by x");
  expect(svg).toContain("a&lt;b&gt;");
  // The drawing stands below its caption, whole.
  const chart = read.querySelector("svg");
  expect(Number(chart?.getAttribute("y")) + 200).toBeLessThan(height);
  expect(Number(chart?.getAttribute("x")) + 300).toBeLessThan(width);
});

test("a picture says where a slider stood, if it was moved", () => {
  const shrinkage = charts()[1] as Chart;
  expect(settings(shrinkage, {})).toEqual([]);
  expect(settings(shrinkage, { pool: 1 })).toEqual([]);
  const chart = { ...shrinkage, ends: { pool: ["complete pooling", "no pooling"] } };
  expect(settings(chart, { pool: 0.25 })).toEqual(["Slider: 75 % of the way to complete pooling."]);
  expect(settings(chart, { pool: 0 })).toEqual(["Slider: complete pooling."]);
});
