import { selectsGroups } from "../charts/selection";
import type { Chart } from "../protocol";
import { useWidget } from "../state";

const MOST_NAMED = 8;
const FIELD = "level";

/** Which groups are picked in the charts; a list picks and buttons let go without a pointer. */
export function Followed({ charts }: { charts: Chart[] }) {
  const { selection } = useWidget();
  const levels = selection.value;
  const offered = levelsOf(charts);
  if (!charts.some(({ spec }) => selectsGroups(spec)) || levels.length + offered.length === 0) return null;
  const keep = (kept: readonly (string | number)[]) => {
    selection.value = kept;
  };
  const follow = ({ currentTarget }: Event & { currentTarget: HTMLSelectElement }) => {
    const level = currentTarget.value;
    currentTarget.value = "";
    if (level) keep([...levels, level]);
  };
  return (
    <div class="mlm-followed">
      {levels.length === 0 ? (
        <span>Click a group to follow it (Shift adds another), or choose</span>
      ) : (
        <span>Following</span>
      )}
      {levels.slice(0, MOST_NAMED).map((level) => (
        <button
          key={level}
          type="button"
          class="mlm-link"
          aria-label={`Let go of ${level}`}
          onClick={() => keep(levels.filter((other) => other !== level))}
        >
          <bdi>{level}</bdi> ×
        </button>
      ))}
      {levels.length > MOST_NAMED && <span>and {levels.length - MOST_NAMED} more</span>}
      <select aria-label="Follow a group" value="" onChange={follow}>
        <option value="">{levels.length === 0 ? "a group …" : "another …"}</option>
        {offered
          .filter((level) => !levels.includes(level))
          .map((level) => (
            <option key={level} value={level}>
              {level.length > LONGEST ? `${level.slice(0, LONGEST)}…` : level}
            </option>
          ))}
      </select>
      {levels.length > 1 && (
        <button type="button" class="mlm-link" onClick={() => keep([])}>
          Let go of all
        </button>
      )}
    </div>
  );
}

/** A native list is as wide as its longest line. */
const LONGEST = 60;

/** Groups that stand in the charts, in their natural order. */
function levelsOf(charts: Chart[]): string[] {
  const levels = new Set<string>();
  const rows = charts.flatMap(({ data }) => Object.values(data).flat());
  for (const { [FIELD]: level } of rows) if (typeof level === "string" && level) levels.add(level);
  return [...levels].sort(new Intl.Collator(undefined, { numeric: true }).compare);
}
