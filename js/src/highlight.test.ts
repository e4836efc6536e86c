import { afterEach, expect, test } from "vitest";
import { isLit } from "./highlight";
import { view } from "./test/model";
import { named, removeAll, settled, showWidget } from "./test/render";

afterEach(removeAll);

const lit = (root: Element) => [...root.querySelectorAll<HTMLElement>(".is-lit")].map((e) => e.dataset.part);
const point = (element: Element | null) =>
  element?.dispatchEvent(new Event("pointerover", { bubbles: true }));

test("a part lights up itself and what belongs to it, not its namesakes", () => {
  expect(isLit("group-0-intercept", "group-0")).toBe(true);
  expect(isLit("group-0", "group-0-intercept")).toBe(false);
  expect(isLit("term-10", "term-1")).toBe(false);
  expect(isLit("term-1", null)).toBe(false);
});

test("pointing at a term of the formula lights up form, equations, words and table", async () => {
  const { root } = showWidget();
  named(root, "Table").click();
  await settled();
  point(root.querySelector(".mlm-mirror [data-part=group-0-term-0]"));
  const places = [".mlm-toggle", ".katex-html [data-part]", ".mlm-words [data-part]", ".mlm-table tr"];
  for (const place of places) expect(root.querySelector(`${place}.is-lit`), place).not.toBeNull();
  expect(new Set(lit(root))).toEqual(new Set(["group-0-term-0"]));
});

test("focus points as well, and leaving takes the light away", () => {
  const { root } = showWidget();
  const toggle = named(root, "Intercept varies");
  toggle.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
  expect(lit(root)).toContain("group-0-intercept");
  toggle.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  expect(lit(root)).toEqual([]);
});

test("equations that are drawn while a part is pointed at join in", async () => {
  const { model, root } = showWidget();
  point(root.querySelector(".mlm-toggle[data-part=group-0-intercept]"));
  model.set("view", view("uncorrelated", 2));
  await settled();
  expect(root.querySelector(".katex-html [data-part=group-0-intercept].is-lit")).not.toBeNull();
});
