import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { removeAll, settled, showWidget } from "./test/render";
import { detectTheme } from "./theme";

let page: Document;
beforeEach(() => {
  page = document.implementation.createHTMLDocument();
});
afterEach(() => {
  removeAll();
  document.body.removeAttribute("data-jp-theme-light");
});

test.each([
  ["JupyterLab", () => page.body.setAttribute("data-jp-theme-light", "false")],
  ["VS Code", () => page.body.setAttribute("data-vscode-theme-kind", "vscode-dark")],
  [
    "VS Code in high contrast",
    () => page.body.setAttribute("data-vscode-theme-kind", "vscode-high-contrast"),
  ],
  ["Colab", () => page.documentElement.setAttribute("theme", "dark")],
  ["marimo", () => page.body.setAttribute("data-theme", "dark")],
  ["a class", () => page.documentElement.classList.add("dark")],
])("%s says dark on a light system", (_host, set) => {
  expect(detectTheme(page, false)).toBe("light");
  set();
  expect(detectTheme(page, false)).toBe("dark");
});

test.each([
  ["JupyterLab", () => page.body.setAttribute("data-jp-theme-light", "true")],
  ["VS Code", () => page.body.setAttribute("data-vscode-theme-kind", "vscode-light")],
  [
    "VS Code in high contrast",
    () => page.body.setAttribute("data-vscode-theme-kind", "vscode-high-contrast-light"),
  ],
  ["Colab", () => page.documentElement.setAttribute("theme", "light")],
])("%s says light on a dark system", (_host, set) => {
  expect(detectTheme(page, true)).toBe("dark");
  set();
  expect(detectTheme(page, true)).toBe("light");
});

test("the root follows the host while the widget is shown", async () => {
  const { root, remove } = showWidget();
  document.body.setAttribute("data-jp-theme-light", "false");
  await settled();
  expect(root.dataset.theme).toBe("dark");
  expect(root.style.colorScheme).toBe("dark");
  remove();
  document.body.setAttribute("data-jp-theme-light", "true");
  await settled();
  expect(root.dataset.theme).toBe("dark");
});

test("where colours are forced the system says, whatever the host does", () => {
  document.body.setAttribute("data-jp-theme-light", "true");
  const asked = vi.spyOn(globalThis, "matchMedia");
  asked.mockImplementation(
    (query) => Object.assign(new EventTarget(), { matches: true, media: query }) as MediaQueryList,
  );
  const { root } = showWidget();
  expect(root.dataset.theme).toBe("dark");
  asked.mockRestore();
});
