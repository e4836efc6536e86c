import { useState } from "preact/hooks";
import type { Preset } from "../protocol";
import { useWidget } from "../state";

/** Lines of the cheatsheet's five pictures, in a 40 × 28 box: one line per group. */
const PICTURES: Record<string, { lines: [number, number, number, number][]; dashed?: boolean }> = {
  "varying-intercept": {
    lines: [
      [4, 6, 36, 6],
      [4, 11, 36, 11],
      [4, 17, 36, 17],
      [4, 22, 36, 22],
    ],
  },
  "varying-intercept-predictor": {
    lines: [
      [4, 12, 36, 3],
      [4, 17, 36, 8],
      [4, 21, 36, 12],
      [4, 25, 36, 16],
    ],
  },
  "varying-slope": {
    lines: [
      [4, 24, 36, 4],
      [4, 24, 36, 11],
      [4, 24, 36, 17],
      [4, 24, 36, 23],
    ],
  },
  correlated: {
    lines: [
      [4, 25, 36, 3],
      [4, 20, 36, 9],
      [4, 15, 36, 14],
      [4, 9, 36, 19],
    ],
  },
  uncorrelated: {
    lines: [
      [4, 8, 36, 5],
      [4, 24, 36, 9],
      [4, 13, 36, 20],
      [4, 19, 36, 24],
    ],
    dashed: true,
  },
};

function Picture({ name }: { name: string }) {
  const picture = PICTURES[name];
  if (!picture) return null;
  return (
    <svg viewBox="0 0 40 28" aria-hidden="true" focusable="false">
      {picture.lines.map(([x1, y1, x2, y2]) => (
        <line
          key={`${y1}-${y2}`}
          x1={x1}
          y1={y1}
          x2={x2}
          y2={y2}
          stroke-dasharray={picture.dashed ? "3 2.4" : undefined}
        />
      ))}
    </svg>
  );
}

/** The cheatsheet's five models: one click sets the model; pointing or focus says which model it is. */
export function Presets({ presets }: { presets: Preset[] }) {
  const { asking } = useWidget();
  const [pointed, setPointed] = useState<string | null>(null);
  const leave = () => setPointed(null);
  const shown = presets.find((p) => p.name === pointed) ?? presets.find((p) => p.active);
  return (
    <fieldset class="mlm-presets">
      <legend>Start from</legend>
      <div class="mlm-preset-row">
        {presets.map((preset) => (
          <button
            key={preset.name}
            type="button"
            aria-pressed={preset.active}
            aria-disabled={preset.reason !== null}
            aria-label={[preset.label, preset.formula, preset.reason].filter(Boolean).join(". ")}
            onPointerEnter={() => setPointed(preset.name)}
            onPointerLeave={leave}
            onFocus={() => setPointed(preset.name)}
            onBlur={leave}
            {...asking(preset.reason === null ? preset.request : null)}
          >
            <Picture name={preset.name} />
          </button>
        ))}
      </div>
      {/* The buttons say all of this themselves: it is for those who look. */}
      <p class="mlm-preset-caption" aria-hidden="true">
        {shown ? (
          <>
            <span>{shown.label}</span>
            {shown.reason ? <span>{shown.reason}</span> : <code title={shown.formula}>{shown.formula}</code>}
          </>
        ) : (
          <span>Your own model</span>
        )}
      </p>
    </fieldset>
  );
}
