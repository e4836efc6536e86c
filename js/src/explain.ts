/**
 * Tooltips of the parts of a model: what a part is and, once it is fitted, how large. The texts are Python's;
 * one tooltip serves a whole widget. It opens at the pointer and at the focus, stays while the pointer is on it,
 * and closes with Escape (WCAG 1.4.13).
 */
import { effect } from "@preact/signals";
import { isolated } from "./bidi";
import { byKeys } from "./highlight";
import { newId } from "./ids";
import { currentReport, type Widget } from "./state";

/** Parts of texts and equations; the controls of the form say themselves what they are. */
const PLACES = [".mlm-katex", ".mlm-mirror", ".mlm-words", ".mlm-chart-parts"];
const EXPLAINED = PLACES.map((place) => `${place} [data-part]`).join(", ");
/** How long the pointer has to rest, and how long it may be between a part and its tooltip, in ms. */
const REST = 250;
/** Space between a part and its tooltip, and between the tooltip and the edge of the window, in px. */
const GAP = 6;

export function explainParts(root: HTMLElement, widget: Widget, abort: AbortSignal): void {
  const tip = document.createElement("div");
  tip.id = newId();
  tip.className = "mlm-tooltip mlm-tip";
  tip.setAttribute("role", "tooltip");
  // In the top layer nothing cuts it off, whatever it stands in.
  tip.popover = "manual";
  tip.hidden = true;
  root.append(tip);

  let of: HTMLElement | null = null;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  const close = () => {
    clearTimeout(waiting);
    if (!of) return;
    of.removeAttribute("aria-describedby");
    of = null;
    tip.hidePopover?.();
    tip.hidden = true;
  };
  const open = (element: HTMLElement) => {
    clearTimeout(waiting);
    if (element === of) return;
    close();
    const texts = explanation(element, widget);
    if (texts.length === 0) return;
    tip.replaceChildren(...texts.map(paragraph));
    // Pointing at the tooltip points at its part as well.
    tip.dataset.part = element.dataset.part;
    of = element;
    of.setAttribute("aria-describedby", tip.id);
    tip.hidden = false;
    tip.showPopover?.();
    place(tip, element.getBoundingClientRect());
  };
  const later = (change: () => void) => {
    clearTimeout(waiting);
    waiting = setTimeout(change, REST);
  };

  const explained = ({ target }: Event) =>
    target instanceof Element ? target.closest<HTMLElement>(EXPLAINED) : null;
  const on = <K extends keyof HTMLElementEventMap>(type: K, act: (event: HTMLElementEventMap[K]) => void) =>
    root.addEventListener(type, act, { signal: abort });
  // The tooltip of what keys have focused stays while the pointer, wherever it was left, is at nothing.
  let focused: HTMLElement | null = null;
  const back = () => (focused ? open(focused) : close());
  on("pointerover", (event) => {
    const element = explained(event);
    if (element) later(() => element.isConnected && open(element));
    else if (event.target instanceof Node && tip.contains(event.target)) clearTimeout(waiting);
    else later(back);
  });
  on("pointerleave", () => later(back));
  on("focusin", (event) => {
    const element = explained(event);
    focused = byKeys(event.target) ? element : null;
    if (element) open(element);
    else close();
  });
  on("focusout", () => {
    focused = null;
    close();
  });
  const dismiss = ({ key }: KeyboardEvent) => {
    if (key !== "Escape") return;
    focused = null;
    close();
  };
  document.addEventListener("keydown", dismiss, { signal: abort, capture: true });
  const follow = () => of && place(tip, of.getBoundingClientRect());
  document.addEventListener("scroll", follow, { signal: abort, capture: true, passive: true });
  // With the model changes what there is to say, and the equations are typeset anew.
  const stop = effect(() => {
    void widget.view.value;
    focused = null;
    close();
  });
  abort.addEventListener("abort", () => {
    stop();
    close();
  });
}

/** What there is to say of a part: what it is, its estimates, and what a click on it does. */
function explanation(element: HTMLElement, widget: Widget): string[] {
  const part = element.dataset.part ?? "";
  const estimates = currentReport(widget)?.tips?.[part]?.split("\n");
  const action = element.getAttribute("role") === "button" ? element.getAttribute("aria-label") : null;
  return [widget.view.value?.glossary[part], ...(estimates ?? []), action && clickTo(action)].filter(
    (text): text is string => !!text,
  );
}

/** "Drop: Slope of Days varies" → "Click to drop: Slope of Days varies". */
function clickTo(action: string): string {
  return `Click to ${action.charAt(0).toLowerCase()}${action.slice(1)}`;
}

function paragraph(text: string): HTMLElement {
  const element = document.createElement("p");
  element.textContent = isolated(text);
  return element;
}

/** Below the part, or above it where there is no room, and always within the window. */
function place(tip: HTMLElement, { left, top, bottom }: DOMRect): void {
  const { clientWidth, clientHeight } = document.documentElement;
  const below = bottom + GAP + tip.offsetHeight <= clientHeight;
  const y = below ? bottom + GAP : top - GAP - tip.offsetHeight;
  tip.style.left = `${Math.max(GAP, Math.min(left, clientWidth - tip.offsetWidth - GAP))}px`;
  tip.style.top = `${Math.max(GAP, y)}px`;
}
