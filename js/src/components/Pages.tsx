import type { Chart } from "../protocol";
import { useWidget } from "../state";

/** Turns the pages of a chart that cannot show all groups at once, or shows those that are followed. */
export function Pages({ chart: { name, page } }: { chart: Chart }) {
  const { selection, ask } = useWidget();
  if (!page) return null;
  const followed = selection.value.map(String);
  const turn = (label: string, request: typeof page.next) => (
    <button
      type="button"
      class="mlm-link"
      aria-label={`${label} groups of the chart ${name}`}
      aria-disabled={request === null}
      onClick={() => request && ask(request)}
    >
      {label}
    </button>
  );
  return (
    <p class="mlm-pages">
      {turn("Previous", page.previous)}
      <span role="status">{page.label}</span>
      {turn("Next", page.next)}
      {followed.length > 0 && (
        <button type="button" class="mlm-link" onClick={() => ask({ ...page.chosen, groups: followed })}>
          Show those followed
        </button>
      )}
    </p>
  );
}
