import { afterEach, expect, test } from "vitest";
import type { Candidate } from "./protocol";
import { view } from "./test/model";
import { press, removeAll, settled, showWidget } from "./test/render";

afterEach(removeAll);

const CANDIDATES: Candidate[] = [
  { name: "Days", text: "Days", remark: "whole number: 0 to 9" },
  { name: "Day of week", text: "`Day of week`", remark: "category: Mo, Tu" },
  ...Array.from({ length: 20 }, (_, k) => ({ name: `item${k}`, text: `item${k}`, remark: "number" })),
];

function shown() {
  const widget = showWidget({ candidates: CANDIDATES });
  const area = widget.root.querySelector("textarea") as HTMLTextAreaElement;
  area.focus();
  return {
    ...widget,
    area,
    type: async (text: string) => {
      area.value = text;
      area.setSelectionRange(text.length, text.length);
      area.dispatchEvent(new Event("input", { bubbles: true }));
      await settled();
    },
    key: async (key: string) => {
      const event = press(area, key);
      await settled();
      return event;
    },
    options: () => [...widget.root.querySelectorAll<HTMLElement>("[role=option]")],
    expanded: () => area.getAttribute("aria-expanded"),
  };
}

test("the line is a combobox whose list names what fits, and nothing is chosen until an arrow is pressed", async () => {
  const { area, type, key, options, expanded } = shown();
  expect(area.getAttribute("role")).toBe("combobox");
  expect(area.getAttribute("aria-autocomplete")).toBe("list");
  expect(expanded()).toBe("false");
  await type("Reaction ~ da");
  expect(expanded()).toBe("true");
  expect(options().map((o) => [...o.querySelectorAll("bdi")].map((b) => b.textContent))).toEqual([
    ["Days", "whole number: 0 to 9"],
    ["Day of week", "category: Mo, Tu"],
  ]);
  expect(area.getAttribute("aria-controls")).toBe(options()[0]?.parentElement?.id);
  expect(area.hasAttribute("aria-activedescendant")).toBe(false);
  await key("ArrowUp");
  expect(area.getAttribute("aria-activedescendant")).toBe(options()[1]?.id);
  await key("ArrowDown");
  expect(area.getAttribute("aria-activedescendant")).toBe(options()[0]?.id);
  expect(options().map((o) => o.getAttribute("aria-selected"))).toEqual(["true", "false"]);
});

test("Enter sends the formula while no option is chosen, and takes the option when one is", async () => {
  const { model, area, type, key } = shown();
  await type("Reaction ~ Da");
  await key("ArrowDown");
  await key("ArrowDown");
  await key("Enter");
  expect(area.value).toBe("Reaction ~ `Day of week`");
  expect(area.selectionStart).toBe(area.value.length);
  expect(model.sent).toEqual([]);
  await type("Reaction ~ Da");
  await key("Enter");
  expect(model.sent).toEqual([{ type: "formula", text: "Reaction ~ Da" }]);
});

test("Tab takes a chosen option, and leaves the line otherwise", async () => {
  const { area, type, key, expanded } = shown();
  await type("Reaction ~ Da");
  expect((await key("Tab")).defaultPrevented).toBe(false);
  expect(expanded()).toBe("false");
  await type("Reaction ~ Da");
  await key("ArrowDown");
  expect((await key("Tab")).defaultPrevented).toBe(true);
  expect(area.value).toBe("Reaction ~ Days");
});

test("Escape closes the list first, and brings the formula back only then", async () => {
  const { area, type, key, expanded } = shown();
  const before = area.value;
  await type("Reaction ~ Da");
  await key("Escape");
  expect(expanded()).toBe("false");
  expect(area.value).toBe("Reaction ~ Da");
  await key("Escape");
  expect(area.value).toBe(before);
});

test("keys that move the caret close the list and keep their meaning; blur closes it too", async () => {
  const { area, type, key, expanded } = shown();
  for (const name of ["ArrowLeft", "Home", "End", "ArrowRight"]) {
    await type("Reaction ~ Da");
    expect(expanded()).toBe("true");
    expect((await key(name)).defaultPrevented).toBe(false);
    expect(expanded()).toBe("false");
  }
  expect((await key("ArrowDown")).defaultPrevented).toBe(false);
  await type("Reaction ~ D");
  area.blur();
  await settled();
  expect(expanded()).toBe("false");
});

test("eight are shown, and how many more there are is said", async () => {
  const { root, type, options } = shown();
  await type("y ~ item");
  expect(options()).toHaveLength(8);
  expect(root.querySelector(".mlm-completion-foot")?.textContent).toContain("12 more");
  expect(root.querySelector(".mlm-formula > [aria-live]")?.textContent).toContain("12 more");
});

test("a click takes an option and leaves the focus in the line", async () => {
  const { area, type, options, model } = shown();
  await type("Reaction ~ Da");
  const down = new MouseEvent("mousedown", { bubbles: true, cancelable: true });
  options()[0]?.dispatchEvent(down);
  expect(down.defaultPrevented).toBe(true);
  options()[0]?.click();
  await settled();
  expect(area.value).toBe("Reaction ~ Days");
  expect(model.sent).toEqual([]);
});

test("Ctrl and Space ask for every name where nothing is typed yet", async () => {
  const { area, type, options } = shown();
  await type("y ~ ");
  expect(options()).toEqual([]);
  area.dispatchEvent(
    new KeyboardEvent("keydown", { key: " ", ctrlKey: true, bubbles: true, cancelable: true }),
  );
  await settled();
  expect(options()).toHaveLength(8);
});

test("nothing is offered in the formula that Python sends back longer than it was typed", async () => {
  const { model, type, key, expanded } = shown();
  await type("Reaction~1+(Days|Subject)");
  await key("Enter");
  model.set("view", view("correlated", 2)); // where the caret stood there is a part of a name now
  await settled();
  expect(expanded()).toBe("false");
});
