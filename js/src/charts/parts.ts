/**
 * The pointed part in a drawn chart, both ways. Rows say in `part` what they stand for, and the parameter of
 * that name marks what is pointed at elsewhere; both are written in Python.
 */
import { effect, type Signal } from "@preact/signals";
import type { Item, View } from "vega";

const PARAMETER = "part";

function follows(view: View): boolean {
  const { signals } = view.getState({ signals: (name) => name === PARAMETER, data: () => false });
  return signals !== undefined && PARAMETER in signals;
}

/** What a mark stands for; null for one that stands for nothing, such as an axis. */
function partOf(item: Item | null | undefined): string | null {
  const part: unknown = item?.datum?.[PARAMETER];
  return typeof part === "string" && part !== "" ? part : null;
}

/** Join a view to the highlight; returns the function that parts them again. */
export function linkPart(view: View, part: Signal<string | null>): () => void {
  if (!follows(view)) return () => {};
  const stop = effect(() => {
    const pointed = part.value ?? "";
    if (view.signal(PARAMETER) === pointed) return;
    view.signal(PARAMETER, pointed);
    void view.runAsync();
  });
  const point = (_event: unknown, item: Item | null | undefined) => {
    part.value = partOf(item);
  };
  const box = view.container();
  const leave = () => {
    part.value = null;
  };
  view.addEventListener("pointermove", point);
  box?.addEventListener("pointerleave", leave);
  return () => {
    stop();
    view.removeEventListener("pointermove", point);
    box?.removeEventListener("pointerleave", leave);
  };
}
