import { selectsGroups } from "../charts/selection";
import type { Chart } from "../protocol";
import { useWidget } from "../state";

const MOST_NAMED = 8;

/** Which groups are picked in the charts, and the way to let them go without a pointer. */
export function Followed({ charts }: { charts: Chart[] }) {
  const { selection } = useWidget();
  const levels = selection.value;
  if (!charts.some(({ spec }) => selectsGroups(spec))) return null;
  if (levels.length === 0) {
    return <p class="mlm-followed">Click a group to follow it through all charts; Shift adds another.</p>;
  }
  const named = levels.slice(0, MOST_NAMED).join(", ");
  const others = levels.length > MOST_NAMED ? ` and ${levels.length - MOST_NAMED} more` : "";
  const letGo = () => {
    selection.value = [];
  };
  return (
    <p class="mlm-followed">
      Following {named}
      {others}.{" "}
      <button type="button" class="mlm-link" onClick={letGo}>
        Let go
      </button>
    </p>
  );
}
