/**
 * One selection of groups for all charts. Each chart may have a point parameter `group` over the field
 * `level`; Vega-Lite keeps its picks in the data set `group_store`, which is read and written here.
 */
import { effect, type Signal } from "@preact/signals";
import type { View } from "vega";

const PARAMETER = "group";
const STORE = `${PARAMETER}_store`;
const FIELD = "level";

type Level = string | number;

interface Pick {
  unit: string;
  fields: { type: "E"; field: string }[];
  values: Level[];
}

/** The levels of picks; undefined for a mark that belongs to no group, such as the population's cross. */
function levelsOf(store: Pick[]): (Level | undefined)[] {
  return store.map(({ values }) => values[0]);
}

/**
 * What is picked: groups only. A level that stands twice was picked in another chart and clicked again here: Vega did not
 * know the pick for its own and added a second one, where it meant to take the first away.
 */
function picked(levels: (Level | undefined)[]): Level[] {
  return levels.filter(
    (level): level is Level =>
      level !== undefined && levels.filter((other) => other === level).length % 2 === 1,
  );
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((level, i) => level === b[i]);
}

/** Whether groups can be picked in a chart, in any of its views. */
export function selectsGroups(spec: unknown): boolean {
  if (Array.isArray(spec)) return spec.some(selectsGroups);
  if (typeof spec !== "object" || spec === null) return false;
  const { params, layer, spec: inner, concat, hconcat, vconcat } = spec as Record<string, unknown>;
  const own = Array.isArray(params) && params.some((param) => param?.name === PARAMETER);
  return own || selectsGroups([layer, inner, concat, hconcat, vconcat].filter(Boolean).flat());
}

function hasStore(view: View): boolean {
  return STORE in view.getState({ data: (name) => name === STORE, signals: () => false }).data;
}

/** Join a view to the selection; returns the function that parts them again. */
export function linkSelection(view: View, selection: Signal<readonly Level[]>): () => void {
  if (!hasStore(view)) return () => {};

  const write = (levels: readonly Level[]) => {
    if (same(levels, levelsOf(view.data(STORE)))) return;
    const fields: Pick["fields"] = [{ type: "E", field: FIELD }];
    view.data(
      STORE,
      levels.map((level): Pick => ({ unit: "", fields, values: [level] })),
    );
    void view.runAsync();
  };
  const read = (_name: string, store: Pick[]) => {
    const levels = picked(levelsOf(store));
    // A view cannot be written to while it still runs, and this one may have to be.
    view.runAfter(() => {
      if (same(levels, selection.peek())) write(levels);
      else selection.value = levels;
    });
  };
  view.addDataListener(STORE, read);

  const stop = effect(() => write(selection.value));
  return () => {
    stop();
    view.removeDataListener(STORE, read);
  };
}
