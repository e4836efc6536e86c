/** Light or dark, as the host says it; kept on the widget's own root because a shadow root hides the host's classes. */
import { type Signal, signal } from "@preact/signals";

export type Theme = "light" | "dark";

const ATTRIBUTES = ["data-jp-theme-light", "data-vscode-theme-kind", "data-theme", "theme", "class"];

function named(value: string | null | undefined): Theme | null {
  if (!value) return null;
  if (/\bdark\b/.test(value)) return "dark";
  return /\blight\b/.test(value) ? "light" : null;
}

/** JupyterLab, then VS Code, then Colab and marimo, then the system. */
export function detectTheme(page: Document, systemIsDark: boolean): Theme {
  const { body, documentElement: html } = page;
  const jupyter = body.getAttribute("data-jp-theme-light");
  if (jupyter) return jupyter === "true" ? "light" : "dark";

  const code = body.getAttribute("data-vscode-theme-kind");
  if (code) return code.includes("light") ? "light" : "dark";

  return (
    named(html.getAttribute("theme")) ??
    named(body.getAttribute("data-theme")) ??
    named(html.getAttribute("data-theme")) ??
    named(body.className) ??
    named(html.className) ??
    (systemIsDark ? "dark" : "light")
  );
}

/** Follow the host's theme on `root` until `abort` fires. */
export function followTheme(root: HTMLElement, abort: AbortSignal): Signal<Theme> {
  const page = root.ownerDocument;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const forced = matchMedia("(forced-colors: active)");
  const theme = signal<Theme>("light");
  const update = () => {
    // Where colours are forced, the ground is the system's, whatever the host says.
    const own: Theme = system.matches ? "dark" : "light";
    theme.value = forced.matches ? own : detectTheme(page, system.matches);
    root.dataset.theme = theme.value;
    root.style.colorScheme = theme.value;
  };
  update();

  const observer = new MutationObserver(update);
  for (const target of [page.body, page.documentElement]) {
    observer.observe(target, { attributes: true, attributeFilter: ATTRIBUTES });
  }
  for (const query of [system, forced]) query.addEventListener("change", update, { signal: abort });
  abort.addEventListener("abort", () => observer.disconnect());
  return theme;
}
