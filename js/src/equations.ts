/** KaTeX, and the parts of an equation as buttons. */
import katex, { type KatexOptions } from "katex";
import type { Form, Request } from "./protocol";

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
  output: "htmlAndMathml",
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
    if (correlated && correlated.reason === null) {
      const value = correlated.value === "|" ? "||" : "|";
      const label = value === "||" ? "Make uncorrelated, ||" : "Make correlated, |";
      actions.set(correlated.part, { label, request: { ...correlated.request, value } });
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

/**
 * Typeset into `element` and make buttons of the parts that have an action. What the model does not have is
 * only seen: `plain` is what screen readers get of the equation, when it differs.
 */
export function typeset(
  element: HTMLElement,
  latex: string,
  actions: Map<string, PartAction>,
  plain: string | null = null,
): void {
  const focused = (element.getRootNode() as Document | ShadowRoot).activeElement;
  const focusedPart = focused && element.contains(focused) ? focused.getAttribute("data-part") : null;

  try {
    katex.render(latex, element, plain === null ? KATEX_OPTIONS : { ...KATEX_OPTIONS, output: "html" });
    if (plain !== null) element.prepend(spoken(plain));
  } catch (error) {
    // KaTeX refuses pages without a doctype; the source is better than nothing.
    if (!(error instanceof katex.ParseError)) throw error;
    element.textContent = latex;
  }
  const seen = new Set<string>();
  for (const part of element.querySelectorAll<HTMLElement>(".katex-html [data-part]")) {
    const id = part.dataset.part ?? "";
    const action = actions.get(id);
    if (!action) continue;
    part.setAttribute("role", "button");
    part.setAttribute("aria-label", `${action.label}, ${seenText(part)}`);
    // The same part may stand in several places; one of them is enough for the Tab key.
    part.tabIndex = seen.has(id) ? -1 : 0;
    seen.add(id);
    if (id === focusedPart && part.tabIndex === 0) part.focus();
  }
  for (const html of element.querySelectorAll<HTMLElement>(".katex-html")) speakButtonsOnly(html);
}

/** What is read on an element: who speaks to the computer says what can be seen. KaTeX's struts are no text. */
function seenText(element: HTMLElement): string {
  return (element.textContent ?? "").replace(/^[\s\u200b]+|[\s\u200b]+$/g, "");
}

/** An equation that is heard and not seen. */
function spoken(latex: string): HTMLElement {
  const element = document.createElement("span");
  element.className = "mlm-hidden";
  katex.render(latex, element, { ...KATEX_OPTIONS, output: "mathml" });
  return element;
}

/**
 * KaTeX hides its HTML from screen readers, which read the MathML. Buttons may not be hidden, so the hiding
 * moves down to everything that is no button and holds none.
 */
function speakButtonsOnly(element: HTMLElement): void {
  if (element.getAttribute("role") === "button") return;
  if (!element.querySelector("[role=button]")) {
    element.setAttribute("aria-hidden", "true");
    return;
  }
  element.removeAttribute("aria-hidden");
  for (const child of element.children) if (child instanceof HTMLElement) speakButtonsOnly(child);
}
