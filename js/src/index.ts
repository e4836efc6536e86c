/** The anywidget: `render` is called once per view, and everything it starts ends with its AbortController. */
import "katex/dist/katex.css";
import "./styles/index.css";
import { h, render as renderTree } from "preact";
import { App } from "./components/App";
import { explainParts } from "./explain";
import { registerFonts } from "./fonts";
import { followPointer } from "./highlight";
import { watchKernel } from "./kernel";
import { RecordedModel, recordIn } from "./page";
import { type Model, watchModel } from "./state";
import { followTheme } from "./theme";

/** JupyterLab and VS Code act on keys that reach the document, even on those typed into a select. */
const KEY_EVENTS = ["keydown", "keypress", "keyup"] as const;

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const controller = new AbortController();
  const { signal } = controller;

  const root = document.createElement("div");
  root.className = "mlm";
  root.dataset.lmSuppressShortcuts = "true";
  el.append(root);
  for (const type of KEY_EVENTS) root.addEventListener(type, (event) => event.stopPropagation(), { signal });

  registerFonts(document.fonts);
  const widget = watchModel(watchKernel(model, el, signal), followTheme(root, signal), signal);
  followPointer(root, widget, signal);
  renderTree(h(App, { widget }), root);
  // After it: Preact takes what it finds in its place for its own.
  explainParts(root, widget, signal);

  return () => {
    controller.abort();
    renderTree(null, root);
    root.remove();
  };
}

// A page of its own holds this module, its state and its place; a host calls `render` instead.
const record = recordIn(document, import.meta.url);
const place = document.getElementById("mlmwidget");
if (record && place) render({ model: new RecordedModel(record), el: place });

export default { render };
