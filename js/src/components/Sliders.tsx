import { type Choice, controlsOf, place, type Slider } from "../charts/sliders";
import { useId } from "../ids";
import type { Chart } from "../protocol";
import { useWidget } from "../state";

/** Choices among views of these charts; they switch all charts that know them, under other tabs too. */
export function Choices({ charts }: { charts: Chart[] }) {
  return controlsOf(charts).map(
    (control) => "options" in control && <Options key={control.name} choice={control} />,
  );
}

/** Sliders of these charts; they move all charts that know them, under other tabs too. */
export function Sliders({ charts }: { charts: Chart[] }) {
  return controlsOf(charts).map(
    (control) => !("options" in control) && <Range key={control.name} slider={control} />,
  );
}

function useValue<T extends number | string>(name: string, value: T): [T, (to: T) => void] {
  const { sliders } = useWidget();
  const set = (to: T) => {
    sliders.value = { ...sliders.value, [name]: to };
  };
  return [(sliders.value[name] as T | undefined) ?? value, set];
}

function Range({ slider }: { slider: Slider }) {
  const { name, label, hint, min, max, step, value, ends } = slider;
  const [now, set] = useValue(name, value);
  const id = useId();
  return (
    <div class={ends ? "mlm-slider has-ends" : "mlm-slider"}>
      {ends ? <span aria-hidden="true">{ends[0]}</span> : <label for={id}>{label}</label>}
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={now}
        aria-label={ends ? label : undefined}
        aria-valuetext={place(now, slider) ?? undefined}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={({ currentTarget }) => set(currentTarget.valueAsNumber)}
      />
      {ends && <span aria-hidden="true">{ends[1]}</span>}
      <button type="button" class="mlm-link" aria-disabled={now === value} onClick={() => set(value)}>
        Reset
      </button>
      {hint && (
        <span id={`${id}-hint`} class="mlm-slider-hint">
          {hint}
        </span>
      )}
    </div>
  );
}

function Options({ choice: { name, label, hint, options, value } }: { choice: Choice }) {
  const [now, set] = useValue(name, value);
  const id = useId();
  return (
    <div class="mlm-choice">
      <span id={id}>{label}</span>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as one segmented control */}
      <div class="mlm-segments" role="group" aria-labelledby={id}>
        {options.map((option) => (
          <button key={option} type="button" aria-pressed={now === option} onClick={() => set(option)}>
            {option}
          </button>
        ))}
      </div>
      {hint && <span class="mlm-slider-hint">{hint}</span>}
    </div>
  );
}
