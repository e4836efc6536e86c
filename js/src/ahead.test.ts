import katex from "katex";
import { afterEach, expect, test, vi } from "vitest";
import type { Request } from "./protocol";
import { view } from "./test/model";
import { named, removeAll, type Shown, settled, showWidget } from "./test/render";

afterEach(removeAll);

const DROP: Request = { type: "edit", edit: "set-slope", group: "Subject", term: "Days", on: false };
const formula = ({ root }: Shown) =>
  root.querySelector<HTMLTextAreaElement>(".mlm-formula textarea, textarea")?.value;
const press = ({ root }: Shown, name: string, button = 0) =>
  named(root, name).dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, button }));
/** What Python answers to a press. */
const answer = ({ model }: Shown, after = 1, request = DROP) =>
  model.emit("msg:custom", { type: "ahead", request, after, view: view("intercept", 2) });

test("a press asks what its click is going to show; only the click shows it, and is sent as any other", async () => {
  const shown = showWidget();
  const before = formula(shown);
  press(shown, "Slope of Days varies");
  expect(shown.model.sent).toEqual([{ type: "ahead", request: DROP }]);
  answer(shown);
  await settled();
  expect(formula(shown)).toBe(before);
  named(shown.root, "Slope of Days varies").click();
  await settled();
  expect(formula(shown)).toBe(view("intercept").formula);
  expect(shown.model.sent.slice(1)).toEqual([DROP]);
});

test("an answer that comes after a short press is shown when it comes", async () => {
  const shown = showWidget();
  press(shown, "Slope of Days varies");
  named(shown.root, "Slope of Days varies").click();
  answer(shown);
  await settled();
  expect(formula(shown)).toBe(view("intercept").formula);
});

test("Python's own view has the last word", async () => {
  const shown = showWidget();
  press(shown, "Slope of Days varies");
  answer(shown);
  named(shown.root, "Slope of Days varies").click();
  shown.model.set("view", view("uncorrelated", 2));
  answer(shown);
  await settled();
  expect(formula(shown)).toBe(view("uncorrelated").formula);
});

test("an answer to another press, to another model or to another button of the mouse shows nothing", async () => {
  const shown = showWidget();
  const before = formula(shown);
  press(shown, "Uncorrelated ||");
  answer(shown);
  named(shown.root, "Uncorrelated ||").click();
  press(shown, "Slope of Days varies");
  answer(shown, 7);
  named(shown.root, "Slope of Days varies").click();
  await settled();
  expect(formula(shown)).toBe(before);
  const sent = shown.model.sent.length;
  press(shown, "Slope of Days varies", 2);
  expect(shown.model.sent.length).toBe(sent);
});

test("a press of what was shown ahead is not forgotten when Python confirms that", async () => {
  const shown = showWidget();
  press(shown, "Slope of Days varies");
  answer(shown);
  named(shown.root, "Slope of Days varies").click();
  await settled();
  press(shown, "Slope of Days varies");
  shown.model.set("view", view("intercept", 2));
  const back = { ...DROP, on: true };
  shown.model.emit("msg:custom", { type: "ahead", request: back, after: 2, view: view("correlated", 3) });
  named(shown.root, "Slope of Days varies").click();
  await settled();
  expect(formula(shown)).toBe(view("correlated").formula);
});

test("a press that Python's own view came after shows nothing of the model before", async () => {
  const shown = showWidget();
  press(shown, "Slope of Days varies");
  answer(shown);
  shown.model.set("view", view("uncorrelated", 2));
  await settled();
  named(shown.root, "Slope of Days varies").click();
  answer(shown);
  await settled();
  expect(formula(shown)).toBe(view("uncorrelated").formula);
});

test("a button that cannot be used asks for nothing when it is pressed", () => {
  const shown = showWidget({ view: view("intercept") });
  press(shown, "Intercept varies");
  expect(shown.model.sent).toEqual([]);
});

test("the equations of the pressed button are drawn while it is pressed", async () => {
  const shown = showWidget();
  const drawn = vi.spyOn(katex, "render");
  press(shown, "Slope of Days varies");
  answer(shown);
  await settled();
  const count = drawn.mock.calls.length;
  expect(count).toBeGreaterThan(0);
  named(shown.root, "Slope of Days varies").click();
  shown.model.set("view", view("intercept", 2));
  await settled();
  const asHtml = drawn.mock.calls.slice(count).filter(([, , options]) => options?.output === "html");
  expect(asHtml).toEqual([]);
  const texts = [...shown.root.querySelectorAll(".mlm-katex annotation")].map((e) => e.textContent);
  const plain = view("intercept").notations[0]?.equations.map((block) => block.plain ?? block.latex);
  expect(texts).toEqual(plain);
  drawn.mockRestore();
});

test("a term of the equations asks ahead as the form's buttons do", async () => {
  const shown = showWidget();
  const part = view().form.groups[0]?.slopes[0]?.part;
  const term = shown.root.querySelector(`.mlm-katex [role=button][data-part=${part}]`);
  term?.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, button: 0 }));
  expect(shown.model.sent).toEqual([{ type: "ahead", request: DROP }]);
});
