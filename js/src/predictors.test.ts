import { afterEach, expect, test } from "vitest";
import type { Chip, Choice, Select, View } from "./protocol";
import { view } from "./test/model";
import { named, removeAll, showWidget } from "./test/render";

afterEach(removeAll);

const choice = (value: string, more: Partial<Choice> = {}): Choice => ({
  value,
  label: value,
  remark: "",
  reason: null,
  ...more,
});

/** The view of the model with another chip for Days. */
function withChip(chip: Partial<Chip>, more: Partial<View["form"]> = {}): View {
  const shown = view();
  const [days] = shown.form.terms as [Chip];
  return { ...shown, form: { ...shown.form, terms: [{ ...days, ...chip }], ...more } };
}

const centring: Select = {
  value: "none",
  choices: [choice("none"), choice("grand-mean"), choice("within:Subject", { reason: "It does not vary." })],
  request: { type: "edit", edit: "set-centring", term: "Days" },
};

function pick(select: HTMLElement, value: string) {
  (select as HTMLSelectElement).value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

test("a chip's menu asks for a centring, and says why one is not possible", () => {
  const { model, root } = showWidget({ view: withChip({ centring }) });
  const menu = named(root, "Centring of Days");
  pick(menu, "grand-mean");
  expect(model.sent).toEqual([{ type: "edit", edit: "set-centring", term: "Days", value: "grand-mean" }]);
  const within = menu.querySelector<HTMLOptionElement>("option[value='within:Subject']");
  expect(within?.disabled).toBe(true);
  expect(within?.textContent).toContain("It does not vary.");
});

test("a chip makes an interaction with another predictor", () => {
  const interact: Select = {
    value: null,
    choices: [choice("Days:age", { label: "age", remark: "cross-level" })],
    request: { type: "edit", edit: "add-term" },
  };
  const { model, root } = showWidget({ view: withChip({ interact }) });
  pick(named(root, "Interaction of Days with"), "Days:age");
  expect(model.sent).toEqual([{ type: "edit", edit: "add-term", value: "Days:age" }]);
});

test("what an interaction rests on says so at its button, and Python answers when it is pressed", () => {
  const needed = "Days:age rests on Days: remove it first.";
  const { model, root } = showWidget({ view: withChip({ needed }) });
  const button = named(root, "Remove Days");
  expect(
    root.querySelector(`#${CSS.escape(button.getAttribute("aria-describedby") ?? "")}`)?.textContent,
  ).toBe(needed);
  button.click();
  expect(model.sent).toEqual([{ type: "edit", edit: "remove-term", term: "Days" }]);
});

test("choices stand under their headings, and very long names are cut in the list only", () => {
  const name = "x".repeat(200);
  const add_term: Select = {
    value: null,
    choices: [choice(name, { detail: "number: 0 to 9" }), choice("a:b", { group: "Interactions" })],
    request: { type: "edit", edit: "add-term" },
  };
  const { model, root } = showWidget({ view: withChip({}, { add_term }) });
  const menu = named(root, "Add a predictor");
  const long = menu.querySelector<HTMLOptionElement>(`option[value=${name}]`);
  expect(long?.textContent).toBe(`${"x".repeat(70)}…  —  number: 0 to 9`);
  expect(long?.title).toBe(name);
  expect(menu.querySelector("optgroup")?.label).toBe("Interactions");
  pick(menu, name);
  expect(model.sent).toEqual([{ type: "edit", edit: "add-term", value: name }]);
});

test("pointing at a preset or focus on it says which model it is", async () => {
  const { root } = showWidget();
  const caption = root.querySelector(".mlm-preset-caption");
  const preset = named(root, "Varying slope. Reaction ~ Days + (0 + Days | Subject)");
  preset.focus();
  await Promise.resolve();
  expect(caption?.textContent).toContain("Reaction ~ Days + (0 + Days | Subject)");
});
