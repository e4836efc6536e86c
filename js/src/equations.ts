/** KaTeX, and the parts of an equation as buttons. */
import katex, { type KatexOptions } from "katex";
import type { Equations, Form, Request } from "./protocol";

/** What a click on a part of an equation does. */
export interface PartAction {
  label: string;
  request: Request;
}

/** Beyond LaTeX: the ids of parts, and names in scripts that KaTeX has no metrics of. */
const ACCEPTED = new Set(["htmlExtension", "unicodeTextInMathMode", "unknownSymbol"]);

/** Only `\htmlData` is trusted: it can set `data-…` attributes, nothing that runs or loads. */
export const KATEX_OPTIONS: KatexOptions = {
  displayMode: true,
  output: "html",
  throwOnError: false,
  strict: (code: string) => (ACCEPTED.has(code) ? "ignore" : "warn"),
  trust: ({ command }) => command === "\\htmlData",
  maxExpand: 2000,
  maxSize: 40,
};

/** The toggles of the form, under the part that each adds or drops; those that can be used now. */
export function partActions(form: Form): Map<string, PartAction> {
  const actions = new Map<string, PartAction>();
  for (const { intercept, slopes, correlated } of form.groups) {
    for (const toggle of [intercept, ...slopes]) {
      if (!toggle.part || toggle.reason !== null) continue;
      const label = `${toggle.on ? "Drop" : "Add"}: ${toggle.label}`;
      actions.set(toggle.part, { label, request: { ...toggle.request, on: !toggle.on } });
    }
    const other = correlated?.choices.find(({ value }) => value !== correlated.value);
    if (correlated && other) {
      const request = { ...correlated.request, value: other.value };
      actions.set(correlated.part, { label: other.remark, request });
    }
  }
  return actions;
}

/** Toggles that are off and could be switched on: terms that the equations could have. */
export function missingTerms(form: Form): (PartAction & { part: string | null })[] {
  return form.groups.flatMap(({ factor, intercept, slopes }) =>
    [intercept, ...slopes]
      .filter((toggle) => !toggle.on && toggle.reason === null)
      .map((toggle) => ({
        part: toggle.part,
        label: form.groups.length > 1 ? `${toggle.label} (${factor.value})` : toggle.label,
        request: { ...toggle.request, on: true },
      })),
  );
}

/** What stands in each element: an equation that a click leaves as it is need not be laid out again. */
const typesetIn = new WeakMap<HTMLElement, string>();
/** Equations that are likely to be wanted next, under their source. */
const ready = new Map<string, HTMLElement>();

/** Typeset equations that are likely to be wanted next, in place of those that were before. */
export function typesetAhead(blocks: Equations[], actions: Map<string, PartAction>): void {
  ready.clear();
  for (const { latex, plain } of blocks) ready.set(sourceOf(latex, plain), draw(latex, actions));
}

/**
 * Typeset into `element` and make buttons of the parts that have an action. What the model does not have is
 * only seen: `plain` is what screen readers get of the equation, when it differs. They get it once it is painted,
 * because MathML takes a third of the time.
 */
export function typeset(
  element: HTMLElement,
  latex: string,
  actions: Map<string, PartAction>,
  plain: string | null = null,
): void {
  const source = sourceOf(latex, plain);
  if (typesetIn.get(element) === source) {
    makeButtons(element, actions);
    return;
  }
  const drawn = ready.get(source) ?? draw(latex, actions);
  if (ready.delete(source)) makeButtons(drawn, actions);

  const focused = (element.getRootNode() as Document | ShadowRoot).activeElement;
  const old = focused instanceof HTMLElement && element.contains(focused) ? focused : null;
  const place = old ? partsIn(element).indexOf(old) : -1;
  element.replaceChildren(...drawn.childNodes);
  typesetIn.set(element, source);
  if (element.querySelector(".katex-html")) speakSoon(element, plain ?? latex);
  if (!old?.dataset.part) return;
  const parts = partsIn(element);
  const same = parts.find(({ tabIndex, dataset }) => tabIndex === 0 && dataset.part === old.dataset.part);
  // A term that was dropped stands in its place as an offer, which is another part: the keys go on from there.
  const turned = parts[place]?.dataset.absent !== old.dataset.absent ? parts[place] : undefined;
  (same ?? turned)?.focus();
}

function partsIn(element: HTMLElement): HTMLElement[] {
  return [...element.querySelectorAll<HTMLElement>(".katex-html [data-part]")];
}

function sourceOf(latex: string, plain: string | null): string {
  return `${latex}\n${plain ?? ""}`;
}

/** Everything is done before it enters the page, which then looks at it once. */
function draw(latex: string, actions: Map<string, PartAction>): HTMLElement {
  const drawn = document.createElement("div");
  render(drawn, latex, KATEX_OPTIONS);
  makeButtons(drawn, actions);
  return drawn;
}

/** Say whether an equation could be drawn; its source is better than nothing. */
function render(element: HTMLElement, latex: string, options: KatexOptions): boolean {
  try {
    katex.render(latex, element, options);
    return true;
  } catch (error) {
    // KaTeX refuses pages without a doctype.
    if (!(error instanceof katex.ParseError)) throw error;
    element.textContent = latex;
    return false;
  }
}

/** Equations that are seen and not heard yet. */
const unheard = new Map<HTMLElement, string>();

function speakSoon(element: HTMLElement, latex: string): void {
  if (unheard.size === 0) requestAnimationFrame(() => setTimeout(speak));
  unheard.set(element, latex);
}

/** Put what is heard and not seen beside each equation. */
function speak(): void {
  const now = [...unheard];
  // First: what fails here must not keep later equations from being heard.
  unheard.clear();
  for (const [element, latex] of now) {
    const spoken = document.createElement("span");
    spoken.className = "mlm-hidden";
    if (render(spoken, latex, { ...KATEX_OPTIONS, output: "mathml" })) element.prepend(spoken);
  }
}

function makeButtons(element: HTMLElement, actions: Map<string, PartAction>): void {
  const seen = new Set<string>();
  for (const part of partsIn(element)) {
    const id = part.dataset.part ?? "";
    const action = actions.get(id);
    set(part, "role", action ? "button" : null);
    set(part, "aria-label", action ? `${action.label}, ${seenText(part)}` : null);
    // The same part may stand in several places; one of them is enough for the Tab key.
    set(part, "tabindex", action ? (seen.has(id) ? "-1" : "0") : null);
    if (action) seen.add(id);
  }
  for (const html of element.querySelectorAll<HTMLElement>(".katex-html")) speakButtonsOnly(html);
}

/** Set an attribute, or take it away; what is as it should be is not touched. */
function set(element: Element, name: string, value: string | null): void {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/** What is read on an element: who speaks to the computer says what can be seen. KaTeX's struts are no text. */
function seenText(element: HTMLElement): string {
  return (element.textContent ?? "").replace(/^[\s\u200b]+|[\s\u200b]+$/g, "");
}

/**
 * KaTeX hides its HTML from screen readers, which read the MathML. Buttons may not be hidden, so the hiding
 * moves down to everything that is no button and holds none.
 */
function speakButtonsOnly(element: HTMLElement): void {
  const button = element.getAttribute("role") === "button";
  const silent = !button && !element.querySelector("[role=button]");
  set(element, "aria-hidden", silent ? "true" : null);
  if (silent) return;
  for (const child of element.children) {
    if (!(child instanceof HTMLElement)) continue;
    // What a button holds was silent when it was none.
    if (button) set(child, "aria-hidden", null);
    else speakButtonsOnly(child);
  }
}
