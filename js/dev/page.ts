/**
 * Shows the widget without Jupyter: `index.html?state=fitted&theme=dark` in a state of the mock,
 * `index.html?record=sleepstudy.json` with traits that `record.py` took from Python, `host=vscode` as if in
 * VS Code's notebooks (`colab`, `plain`).
 */
import { STATES, show } from "./mock";

const asked = new URLSearchParams(location.search);
const dark = asked.get("theme") === "dark";

/** What each host says of its theme, and the variables of its style sheet that reach a widget. */
const HOSTS: Record<string, (page: Document) => void> = {
  jupyter: ({ body }) => {
    body.dataset.jpThemeLight = String(!dark);
  },
  vscode: ({ body, documentElement }) => {
    body.dataset.vscodeThemeKind = dark ? "vscode-dark" : "vscode-light";
    body.className = dark ? "vscode-dark" : "vscode-light";
    body.style.background = dark ? "#1f1f1f" : "#ffffff";
    const variables = {
      "--vscode-font-family": '"Segoe UI", "Ubuntu", sans-serif',
      "--vscode-font-size": "13px",
      "--vscode-editor-font-family": '"Consolas", "DejaVu Sans Mono", monospace',
      "--vscode-foreground": dark ? "#cccccc" : "#3b3b3b",
      "--vscode-editor-background": dark ? "#1f1f1f" : "#ffffff",
    };
    for (const [name, value] of Object.entries(variables)) documentElement.style.setProperty(name, value);
    body.style.color = "var(--vscode-foreground)";
  },
  colab: ({ body, documentElement }) => {
    if (dark) documentElement.setAttribute("theme", "dark");
    body.style.background = dark ? "#383838" : "#ffffff";
  },
  plain: ({ body }) => {
    body.style.background = "Canvas";
  },
};
HOSTS[asked.get("host") ?? "jupyter"]?.(document);

async function traits(): Promise<Record<string, unknown>> {
  const record = asked.get("record");
  if (record) return (await fetch(record)).json();
  return STATES[asked.get("state") ?? "fitted"]?.() ?? {};
}

const el = document.querySelector<HTMLElement>("#widget");
if (el) Object.assign(window, { model: show(el, await traits()) });
