import { afterEach, expect, test, vi } from "vitest";
import widget from "./index";
import { PATIENCE } from "./late";
import type { Chart } from "./protocol";
import { charts } from "./test/charts";
import { MockModel } from "./test/mock";
import { IDLE, report, SAMPLING, view } from "./test/model";
import { named, press, removeAll, settled, showWidget } from "./test/render";

afterEach(removeAll);

test("a toggle asks for its new state and changes nothing by itself", () => {
  const { model, root } = showWidget();
  const toggle = named(root, "Slope of Days varies");
  toggle.click();
  expect(model.sent).toEqual([
    { type: "edit", edit: "set-slope", group: "Subject", term: "Days", on: false },
  ]);
  expect(toggle.getAttribute("aria-checked")).toBe("true");
});

test("a toggle that cannot be used says why, can be reached, and asks for nothing", () => {
  const { model, root } = showWidget({ view: view("intercept") });
  const toggle = named(root, "Intercept varies");
  toggle.click();
  expect(model.sent).toEqual([]);
  expect(toggle.getAttribute("aria-disabled")).toBe("true");
  expect(toggle.hasAttribute("disabled")).toBe(false);
  const reason = root.querySelector(`#${CSS.escape(toggle.getAttribute("aria-describedby") ?? "")}`);
  expect(reason?.textContent).toContain("Something has to vary");
});

test("presets, correlation, fit, cancel and undo send the requests that Python gave them", async () => {
  const { model, root } = showWidget();
  named(root, "Varying slope. Reaction ~ Days + (0 + Days | Subject)").click();
  named(root, "Uncorrelated ||").click();
  named(root, "Correlated |").click(); // it is on already
  named(root, "Fit with PyMC").click();
  named(root, "Undo").click();
  named(root, "Redo").click(); // there is nothing to redo
  model.set("status", SAMPLING);
  await settled();
  named(root, "Cancel").click();
  expect(model.sent).toEqual([
    { type: "edit", edit: "preset", name: "varying-slope", factor: "Subject", predictor: "Days" },
    { type: "edit", edit: "set-correlated", group: "Subject", value: "||" },
    { type: "fit" },
    { type: "undo" },
    { type: "cancel" },
  ]);
});

test("Fit asks for nothing while an error stands in the way", () => {
  const { model, root } = showWidget({ view: view("correlated", 1, { can_fit: false }) });
  named(root, "Fit with PyMC").click();
  expect(model.sent).toEqual([]);
});

test("a select sends the choice and shows Python's value until Python changes it", () => {
  const { model, root } = showWidget();
  const select = named(root, "Outcome") as HTMLSelectElement;
  select.value = "Days";
  select.dispatchEvent(new Event("change", { bubbles: true }));
  expect(model.sent).toEqual([{ type: "edit", edit: "set-response", value: "Days" }]);
  expect(select.value).toBe("Reaction");
});

test("a choice that cannot be made now is listed with its reason", () => {
  const { root } = showWidget();
  const option = named(root, "Add a predictor").querySelector<HTMLOptionElement>("option[value=Days]");
  expect(option?.disabled).toBe(true);
  expect(option?.textContent).toContain("It is in the model already.");
});

test("terms of the equations drop themselves, by click and by key", () => {
  const { model, root } = showWidget();
  const term = root.querySelector<HTMLElement>(".katex-html [role=button][data-part=group-0-term-0]");
  term?.click();
  if (term) press(term, "Enter");
  const cell = root.querySelector<HTMLElement>(".katex-html [role=button][data-part=group-0-cor]");
  cell?.click();
  const drop = { type: "edit", edit: "set-slope", group: "Subject", term: "Days", on: false };
  expect(model.sent).toEqual([
    drop,
    drop,
    { type: "edit", edit: "set-correlated", group: "Subject", value: "||" },
  ]);
});

test("a pale term of the equations adds itself", () => {
  const { model, root } = showWidget({ view: view("intercept") });
  root.querySelector<HTMLElement>("[data-absent][role=button]")?.click();
  expect(model.sent).toEqual([{ type: "edit", edit: "set-slope", group: "Subject", term: "Days", on: true }]);
});

test("advice below the verdict sends its request", () => {
  const advice = [{ text: "Smaller steps.", label: "Do it", request: { type: "fit", target_accept: 0.95 } }];
  const { model, root } = showWidget({ report: report(1, { charts: [], advice }) });
  named(root, "Do it").click();
  expect(model.sent).toEqual([{ type: "fit", target_accept: 0.95 }]);
});

test("results of another model are kept, and marked once no live answer comes", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { model, root } = showWidget();
  await vi.advanceTimersByTimeAsync(PATIENCE);
  model.set("out_of_date", "The model has changed since.");
  model.set("report", report(1, { charts: [] }));
  await vi.advanceTimersByTimeAsync(PATIENCE / 2);
  expect(root.textContent).not.toContain("Out of date");
  await vi.advanceTimersByTimeAsync(PATIENCE);
  expect(root.textContent).toContain("Out of date. The model has changed since.");
  expect(root.querySelector(".is-out-of-date [role=tablist]")).not.toBeNull();
  model.set("report", report(2, { charts: [] }));
  model.set("out_of_date", null);
  await vi.advanceTimersByTimeAsync(PATIENCE / 10);
  expect(root.textContent).not.toContain("Out of date");
  vi.useRealTimers();
});

test("progress names its chains and stays quiet about what is not known", async () => {
  const { model, root } = showWidget({ status: SAMPLING });
  const bars = [...root.querySelectorAll("progress")];
  expect(bars.map((bar) => bar.getAttribute("aria-label"))).toEqual([
    "Chain 1",
    "Chain 2",
    "Chain 3",
    "Chain 4, tuning",
  ]);
  expect(bars[0]?.value).toBe(720);
  expect(root.querySelector(".mlm-progress")?.textContent).toBe("2 divergences · 3 s · about 5 s left");
  model.set("status", { ...IDLE, stage: "done", message: "Fitted." });
  await settled();
  expect(root.querySelector("progress")).toBeNull();
  expect(root.querySelector("[role=status]")?.textContent).toBe("Fitted.");
});

test("charts under a tab are asked for when it is opened, and drawn when they come", async () => {
  const [first, ...others] = charts().slice(3) as [Chart, ...Chart[]];
  const later = (chart: Chart): Chart => ({ ...chart, spec: {}, data: {}, pending: true });
  const { model, root } = showWidget({
    report: report(1, { charts: [first, ...others.map(later)] }),
  });
  await settled();
  expect(model.sent).toEqual([]);
  const [next] = others as [Chart];
  [...root.querySelectorAll<HTMLElement>("[role=tab]")][1]?.click();
  await settled();
  expect(model.sent).toEqual([{ type: "charts", names: [next.name] }]);
  expect(root.querySelector("[role=tabpanel]")?.textContent).toContain("Drawing");
  expect(root.querySelector(".mlm-status.is-waiting")).toBeNull();
  model.set("report", report(1, { charts: [first, ...others] }));
  await settled();
  expect(root.querySelector("[role=tabpanel] figure h4")?.textContent).toBe(next.title);
  expect(model.sent).toHaveLength(1);
});

test("two widgets share nothing, and one that is removed stops listening", async () => {
  const [one, two] = [showWidget(), showWidget()];
  named(one.root, "Table").click();
  await settled();
  expect(one.root.querySelector("table")).not.toBeNull();
  expect(two.root.querySelector("table")).toBeNull();
  one.remove();
  expect(one.model.listenerCount).toBe(0);
  expect(two.model.listenerCount).toBeGreaterThan(0);
});

test("keys pressed in the widget do not reach the notebook", () => {
  const { root } = showWidget();
  expect(root.dataset.lmSuppressShortcuts).toBe("true");
  const reached: string[] = [];
  const listen = (event: KeyboardEvent) => reached.push(event.key);
  document.addEventListener("keydown", listen);
  press(named(root, "Outcome"), "x");
  document.removeEventListener("keydown", listen);
  expect(reached).toEqual([]);
});

test("the widget works inside a shadow root, as marimo shows it", async () => {
  const host = document.createElement("div");
  document.body.append(host);
  const model = new MockModel({ view: view(), status: IDLE, candidates: [] });
  const shadow = host.attachShadow({ mode: "open" });
  const el = document.createElement("div");
  shadow.append(el);
  const end = widget.render({ model, el });
  const term = el.querySelector<HTMLElement>(".katex-html [role=button][data-part=group-0-cor]");
  term?.focus();
  term?.click();
  model.set("view", view("uncorrelated", 2));
  await settled();
  expect(model.sent).toHaveLength(1);
  expect(shadow.activeElement?.getAttribute("data-part")).toBe("group-0-cor");
  end();
  expect(el.childElementCount).toBe(0);
});

test("a widget whose traits have not come yet waits for them", async () => {
  const { model, root } = showWidget({ view: {}, report: {}, status: {} });
  expect(root.textContent).toContain("Waiting");
  model.set("view", view());
  await settled();
  expect(root.querySelector("textarea")?.value).toContain("Reaction");
  expect(root.textContent).toContain("No estimates yet");
});
