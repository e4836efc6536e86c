/**
 * Pointing at a part lights up the same part everywhere. Parts are elements with `data-part`, whoever made
 * them (Preact or KaTeX); one signal holds the part, one class shows it. Charts follow by themselves
 * (`charts/parts.ts`), and what stands for several parts points at all of them: ids with spaces between.
 */
import { effect } from "@preact/signals";
import type { Widget } from "./state";

const LIT = "is-lit";
const CHART = ".mlm-chart-box";

/** Whether `part` is a pointed one or belongs to it (`group-0` holds `group-0-intercept`). */
export function isLit(part: string, pointed: string | null): boolean {
  return pointed?.split(" ").some((id) => part === id || part.startsWith(`${id}-`)) ?? false;
}

/** Whether an element has the focus, and not by a click. */
export function byKeys(target: EventTarget | null): target is HTMLElement {
  return target instanceof HTMLElement && target.matches(":focus-visible");
}

function show(root: HTMLElement, pointed: string | null): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-part]")) {
    element.classList.toggle(LIT, isLit(element.dataset.part ?? "", pointed));
  }
}

export function followPointer(root: HTMLElement, widget: Widget, abort: AbortSignal): void {
  const partOf = (target: EventTarget | null) =>
    (target instanceof Element && target.closest<HTMLElement>("[data-part]")?.dataset.part) || null;
  // What keys have focused stays lit while the pointer, wherever it was left, is at nothing.
  let focused: string | null = null;
  const on = (type: string, act: (event: Event) => void) =>
    root.addEventListener(type, act, { signal: abort });
  on("pointerover", ({ target }) => {
    if (target instanceof Element && target.closest(CHART)) return;
    widget.part.value = partOf(target) ?? focused;
  });
  on("pointerleave", () => {
    widget.part.value = focused;
  });
  on("focusin", ({ target }) => {
    widget.part.value = partOf(target);
    focused = byKeys(target) ? widget.part.value : null;
  });
  on("focusout", () => {
    widget.part.value = focused = null;
  });

  const stop = effect(() => show(root, widget.part.value));
  // Elements that are drawn later (a new equation, an opened tab) take part as well.
  const observer = new MutationObserver(() => show(root, widget.part.peek()));
  observer.observe(root, { childList: true, subtree: true });
  abort.addEventListener("abort", () => {
    stop();
    observer.disconnect();
  });
}
