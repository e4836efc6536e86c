import { afterEach, expect, test } from "vitest";
import { report } from "./test/model";
import { removeAll, settled, showWidget } from "./test/render";

afterEach(removeAll);

const PART = "group-0-intercept";
const tips = { [PART]: "SD of intercepts: 25 ms (95 % interval: 18 to 33)." };
const fitted = { report: { ...report(), charts: [], tips } };
const tipOf = (root: Element) => root.querySelector<HTMLElement>("[role=tooltip]") as HTMLElement;
const focus = (element: Element) => element.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));

function part(root: Element, place: string): HTMLElement {
  return root.querySelector<HTMLElement>(`${place} [data-part=${PART}]`) as HTMLElement;
}

test("focusing a symbol says what it is, how large, and what a click does; Escape closes", () => {
  const { root } = showWidget(fitted);
  const symbol = part(root, ".katex-html");
  focus(symbol);
  const tip = tipOf(root);
  expect(tip.hidden).toBe(false);
  const said = [...tip.querySelectorAll("p")].map((p) => p.textContent);
  expect(said[0]).toContain("Varying intercept");
  expect(said[1]).toBe(tips[PART]);
  expect(said[2]).toContain("Click to drop: ");
  expect(symbol.getAttribute("aria-describedby")).toBe(tip.id);
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  expect(tip.hidden).toBe(true);
  expect(symbol.hasAttribute("aria-describedby")).toBe(false);
});

test("pointing at the formula or the words opens it once the pointer rests, and it can be pointed at", async () => {
  const { root } = showWidget(fitted);
  const over = (element: Element) => element.dispatchEvent(new Event("pointerover", { bubbles: true }));
  const rest = () => new Promise((resolve) => setTimeout(resolve, 300));
  for (const place of [".mlm-mirror", ".mlm-words"]) {
    over(part(root, place));
    expect(tipOf(root).hidden).toBe(true);
    await rest();
    expect(tipOf(root).hidden).toBe(false);
    over(tipOf(root));
    await rest();
    expect(tipOf(root).hidden).toBe(false);
    over(root);
    await rest();
    expect(tipOf(root).hidden).toBe(true);
  }
});

test("estimates of a model that is no longer on screen are not told", () => {
  const { root } = showWidget({ report: fitted.report, out_of_date: "The formula changed." });
  focus(part(root, ".katex-html"));
  expect(tipOf(root).textContent).not.toContain("25 ms");
});

test("arrow keys move among the parts of the words, the Tab key comes to one of them", async () => {
  const { root } = showWidget(fitted);
  await settled();
  const parts = [...root.querySelectorAll<HTMLElement>(".mlm-words [data-part]")];
  expect(parts.filter(({ tabIndex }) => tabIndex === 0)).toHaveLength(1);
  parts[0]?.focus();
  parts[0]?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  expect(document.activeElement).toBe(parts[1]);
});
