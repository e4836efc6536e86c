/**
 * Shows the widget without Jupyter: `index.html?state=fitted&theme=dark` in a state of the mock,
 * `index.html?record=sleepstudy.json` with traits that `record.py` took from Python.
 */
import { STATES, show } from "./mock";

const asked = new URLSearchParams(location.search);
document.body.dataset.jpThemeLight = String(asked.get("theme") !== "dark");

async function traits(): Promise<Record<string, unknown>> {
  const record = asked.get("record");
  if (record) return (await fetch(record)).json();
  return STATES[asked.get("state") ?? "fitted"]?.() ?? {};
}

const el = document.querySelector<HTMLElement>("#widget");
if (el) Object.assign(window, { model: show(el, await traits()) });
