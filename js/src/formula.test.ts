import { afterEach, expect, test } from "vitest";
import { view } from "./test/model";
import { named, press, removeAll, settled, showWidget } from "./test/render";

afterEach(removeAll);

const area = (root: Element) => root.querySelector("textarea") as HTMLTextAreaElement;

async function type(root: Element, text: string): Promise<void> {
  area(root).focus();
  area(root).value = text;
  area(root).dispatchEvent(new Event("input", { bubbles: true }));
  await settled();
}

test("Enter sends the text, once, though focus leaves afterwards", async () => {
  const { model, root } = showWidget();
  await type(root, "Reaction ~ 1");
  press(area(root), "Enter");
  model.set(
    "view",
    view("correlated", 2, { formula: "Reaction ~ 1", pieces: [{ text: "Reaction ~ 1", part: null }] }),
  );
  await settled();
  area(root).blur();
  expect(model.sent).toEqual([{ type: "formula", text: "Reaction ~ 1" }]);
});

test("leaving the line sends the text; leaving it unchanged sends nothing", async () => {
  const { model, root } = showWidget();
  area(root).focus();
  area(root).blur();
  expect(model.sent).toEqual([]);
  await type(root, "Reaction ~ 1");
  area(root).blur();
  expect(model.sent).toEqual([{ type: "formula", text: "Reaction ~ 1" }]);
});

test("going back to the formula on screen before Python has answered is sent as well", async () => {
  const { model, root } = showWidget();
  await type(root, "Reaction ~ 1");
  press(area(root), "Enter");
  await type(root, view().formula);
  press(area(root), "Enter");
  expect(model.sent).toEqual([
    { type: "formula", text: "Reaction ~ 1" },
    { type: "formula", text: view().formula },
  ]);
});

test("what is being typed survives news from Python", async () => {
  const { model, root } = showWidget();
  await type(root, "Reaction ~ Da");
  model.set("view", view("intercept", 2));
  await settled();
  expect(area(root).value).toBe("Reaction ~ Da");
});

test("a text that could not be read stays, with its error and the place marked", async () => {
  const { root } = showWidget({ view: view("unreadable") });
  expect(area(root).value).toBe("Reaction ~ Days + (1 + Days | Subject");
  expect(area(root).getAttribute("aria-invalid")).toBe("true");
  expect(root.querySelector(".mlm-mirror mark")?.textContent).toBe("(");
  expect(root.querySelector(".mlm-formula-help[role=alert]")?.textContent).toContain("never closed");
});

test("the mark takes in a whole word, counts characters as Python does, and may stand at the end", () => {
  const marked = (text: string, position: number) => {
    const shown = view("correlated", 1, {
      draft: {
        text,
        problem: { severity: "error", code: "", message: "", part: null, column: null, position },
      },
    });
    const { root, remove } = showWidget({ view: shown });
    const mark = root.querySelector(".mlm-mirror mark")?.textContent;
    remove();
    return mark;
  };
  expect(marked("y ~ Dayz + x", 4)).toBe("Dayz");
  expect(marked("𝛼 ~ größe + x", 4)).toBe("größe");
  expect(marked("y ~ ", 4)).toBe(" ");
});

test("Escape brings back the last good formula, also on Python's side", async () => {
  const { model, root } = showWidget({ view: view("unreadable") });
  await type(root, "Reaction ~ ((");
  press(area(root), "Escape");
  expect(model.sent).toEqual([{ type: "formula", text: view().formula }]);
  model.set("view", view("correlated", 3));
  await settled();
  expect(area(root).value).toBe(view().formula);
});

test("an unreadable text is put aside when something else changes, and can be brought back", async () => {
  const { model, root } = showWidget({ view: view("unreadable") });
  model.set("view", view("intercept", 3));
  await settled();
  expect(area(root).value).toBe("Reaction ~ Days + (1 | Subject)");
  named(root, "Bring it back").click();
  await settled();
  expect(area(root).value).toBe("Reaction ~ Days + (1 + Days | Subject");
  press(area(root), "Escape");
  await settled();
  expect(area(root).value).toBe("Reaction ~ Days + (1 | Subject)");
  expect(root.textContent).not.toContain("put aside");
});

test("the mirror shows the parts, and hides from screen readers what the text area says", () => {
  const { root } = showWidget();
  const mirror = root.querySelector(".mlm-mirror");
  expect(mirror?.textContent).toBe(view().formula);
  expect(mirror?.getAttribute("aria-hidden")).toBe("true");
  expect(mirror?.querySelector("[data-part=response]")?.textContent).toBe("Reaction");
});

test("the LaTeX that is copied is the one that Python writes", async () => {
  const written: string[] = [];
  Object.defineProperty(navigator, "clipboard", {
    configurable: true,
    value: { writeText: async (text: string) => void written.push(text) },
  });
  const { model, root } = showWidget();
  named(root, "Copy LaTeX of the equations").click();
  expect(model.sent).toEqual([{ type: "copy", what: "latex:levels" }]);
  model.emit("msg:custom", { type: "copy", what: "formula", text: "not this" });
  model.emit("msg:custom", { type: "copy", what: "latex:levels", text: "\\alpha_j" });
  await settled();
  expect(written).toEqual(["\\alpha_j"]);
});

test("code is asked for when it is looked at, follows the model, and says why there is none", async () => {
  const { model, root } = showWidget();
  const details = root.querySelector<HTMLDetailsElement>(".mlm-code");
  expect(model.sent).toEqual([]);
  if (details) details.open = true;
  details?.dispatchEvent(new Event("toggle"));
  await settled();
  await settled();
  model.emit("msg:custom", { type: "copy", what: "pymc", text: "import pymc" });
  await settled();
  expect(root.querySelector(".mlm-script")?.textContent).toBe("import pymc");
  model.set("view", view("intercept", 2));
  await settled();
  await settled();
  named(root, "Bambi").click();
  await settled();
  model.emit("msg:custom", { type: "copy", what: "bambi", text: "# Bambi has no such model." });
  await settled();
  expect(root.querySelector(".mlm-script")?.textContent).toBe("# Bambi has no such model.");
  const copy = { type: "copy", what: "pymc" };
  expect(model.sent).toEqual([copy, copy, { type: "copy", what: "bambi" }]);
});
