/**
 * One selection of groups for all charts. Each chart may have a point parameter `group` over the field
 * `level`; Vega-Lite keeps its picks in the data set `group_store`, which is read and written here.
 */
import { effect, type Signal } from "@preact/signals";
import type { View } from "vega";

const STORE = "group_store";
const FIELD = "level";

interface Pick {
  unit: string;
  fields: { type: "E"; field: string }[];
  values: unknown[];
}

function picked(store: Pick[]): string[] {
  return store.map((pick) => String(pick.values[0]));
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((level, i) => level === b[i]);
}

function hasStore(view: View): boolean {
  return STORE in view.getState({ data: (name) => name === STORE, signals: () => false }).data;
}

/** Join a view to the selection; returns the function that parts them again. */
export function linkSelection(view: View, selection: Signal<readonly string[]>): () => void {
  if (!hasStore(view)) return () => {};

  const read = (_name: string, store: Pick[]) => {
    const levels = picked(store);
    if (!same(levels, selection.peek())) selection.value = levels;
  };
  view.addDataListener(STORE, read);

  const stop = effect(() => {
    const levels = selection.value;
    if (same(levels, picked(view.data(STORE)))) return;
    const picks: Pick[] = levels.map((level) => ({
      unit: "",
      fields: [{ type: "E", field: FIELD }],
      values: [level],
    }));
    view.data(STORE, picks);
    void view.runAsync();
  });
  return () => {
    stop();
    view.removeDataListener(STORE, read);
  };
}
