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

function show(root: HTMLElement, pointed: string | null): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-part]")) {
    element.classList.toggle(LIT, isLit(element.dataset.part ?? "", pointed));
  }
}

export function followPointer(root: HTMLElement, widget: Widget, abort: AbortSignal): void {
  const point = ({ target }: Event) => {
    if (target instanceof Element && target.closest(CHART)) return;
    const element = target instanceof Element ? target.closest<HTMLElement>("[data-part]") : null;
    widget.part.value = element?.dataset.part || null;
  };
  const leave = () => {
    widget.part.value = null;
  };
  root.addEventListener("pointerover", point, { signal: abort });
  root.addEventListener("pointerleave", leave, { signal: abort });
  root.addEventListener("focusin", point, { signal: abort });
  root.addEventListener("focusout", leave, { signal: abort });

  const stop = effect(() => show(root, widget.part.value));
  // Elements that are drawn later (a new equation, an opened tab) take part as well.
  const observer = new MutationObserver(() => show(root, widget.part.peek()));
  observer.observe(root, { childList: true, subtree: true });
  abort.addEventListener("abort", () => {
    stop();
    observer.disconnect();
  });
}
