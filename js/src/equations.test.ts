import { expect, test } from "vitest";
import { partActions, typeset } from "./equations";
import { view } from "./test/model";

function drawn(latex: string, actions = new Map()): HTMLElement {
  const element = document.createElement("div");
  typeset(element, latex, actions);
  return element;
}

/** Screen readers get the MathML after the page has been painted. */
const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

test("hostile LaTeX makes neither elements nor attributes that act", async () => {
  const hostile = [
    "\\text{<img src=x onerror=alert(1)><script>alert(1)</script>}",
    "\\href{javascript:alert(1)}{x}",
    "\\url{javascript:alert(1)}",
    "\\includegraphics{http://example.org/x.png}",
    "\\htmlStyle{position:fixed}{x}",
    "\\htmlId{root}{x}",
    '\\htmlData{part=x" onclick="alert(1)}{x}',
  ];
  for (const latex of hostile) {
    const element = drawn(latex);
    await painted();
    expect(element.querySelector("math, .katex-error"), latex).not.toBeNull();
    expect(element.querySelector("script, img, a[href], [onclick], [onerror], [id]"), latex).toBeNull();
    expect(element.querySelector("[style*=fixed]"), latex).toBeNull();
  }
});

test("a part id reaches the HTML as an attribute, and the formula the MathML", async () => {
  const element = drawn("\\htmlData{part=term-0}{\\beta_{1j}}");
  expect(element.querySelector(".katex-html [data-part=term-0]")).not.toBeNull();
  await painted();
  expect(element.querySelector("math")).not.toBeNull();
});

test("LaTeX that cannot be read is shown as text instead of breaking the page", () => {
  expect(drawn("\\frac{1").textContent).toContain("\\frac{1");
});

test("only the first of equal terms takes part in the Tab order, and buttons are not hidden", () => {
  const { form, notations } = view();
  const latex = (notations[0]?.equations ?? []).map((block) => block.latex).join("\\\\");
  const element = drawn(latex, partActions(form));
  const buttons = [...element.querySelectorAll<HTMLElement>("[role=button][data-part=group-0-intercept]")];
  expect(buttons.map((button) => button.tabIndex)).toEqual([0, -1, -1]);
  for (const button of buttons) expect(button.closest("[aria-hidden=true]")).toBeNull();
  expect(buttons[0]?.getAttribute("aria-label")).toBe("Drop: Intercept varies, μ0j");
});

test("a term that could be added is a button, and no part of what is heard", async () => {
  const { form, notations } = view("intercept");
  const block = notations[0]?.equations[1];
  const element = document.createElement("div");
  typeset(element, block?.latex ?? "", partActions(form), block?.plain);
  const offer = element.querySelector<HTMLElement>("[role=button][data-part=group-0-absent-0]");
  expect(offer?.getAttribute("aria-label")).toBe("Add: Slope of Days varies, +μ1j");
  expect(offer?.dataset.absent).toBe("yes");
  await painted();
  expect(element.querySelector("math")?.textContent).toContain("γ");
  expect(element.querySelectorAll("math").length).toBe(1);
  expect(element.querySelector("annotation")?.textContent).not.toContain("mu_{1j}");
});

test("an equation that gives way to another before it was heard is not heard beside it", async () => {
  const element = drawn("\\alpha");
  typeset(element, "\\beta", new Map());
  await painted();
  expect([...element.querySelectorAll("annotation")].map(({ textContent }) => textContent)).toEqual([
    "\\beta",
  ]);
});

test("a block without buttons stays hidden from screen readers, which read its MathML", () => {
  expect(drawn("\\alpha").querySelector(".katex-html")?.getAttribute("aria-hidden")).toBe("true");
});

test("an equation that stays as it is keeps its elements, whatever its parts do now", () => {
  const latex = "\\htmlData{part=term-0}{\\beta} + \\htmlData{part=intercept}{\\alpha}";
  const act = (label: string) => ({ label, request: { type: "edit" } });
  const element = drawn(latex, new Map([["term-0", act("Drop: x")]]));
  const part = (id: string) => element.querySelector<HTMLElement>(`.katex-html [data-part=${id}]`);
  const before = part("term-0");

  typeset(element, latex, new Map([["intercept", act("Add: 1")]]));
  expect(part("term-0")).toBe(before);
  expect(before?.getAttribute("role")).toBeNull();
  expect(before?.getAttribute("tabindex")).toBeNull();
  expect(before?.closest("[aria-hidden=true]")).not.toBeNull();
  expect(part("intercept")?.getAttribute("aria-label")).toBe("Add: 1, α");
  expect(part("intercept")?.closest("[aria-hidden=true]")).toBeNull();

  typeset(element, latex, new Map());
  expect(element.querySelector(".katex-html")?.getAttribute("aria-hidden")).toBe("true");
});

test("the focus stays on a term that the keys drop, and on its offer that they take back", () => {
  const element = document.createElement("div");
  document.body.append(element);
  const show = (name?: "intercept") => {
    const { form, notations } = view(name);
    const block = notations[0]?.equations[1];
    typeset(element, block?.latex ?? "", partActions(form), block?.plain);
  };
  const says = () => document.activeElement?.getAttribute("aria-label");
  show();
  const slope = view().form.groups[0]?.slopes[0]?.part;
  element.querySelector<HTMLElement>(`[tabindex="0"][data-part="${slope}"]`)?.focus();
  expect(says()).toMatch(/^Drop: Slope of Days varies/);
  show("intercept");
  expect(says()).toMatch(/^Add: Slope of Days varies/);
  show();
  expect(says()).toMatch(/^Drop: Slope of Days varies/);
  element.remove();
});
