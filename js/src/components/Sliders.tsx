import { useId } from "preact/hooks";
import { type Slider, slidersOf } from "../charts/sliders";
import type { Chart } from "../protocol";
import { useWidget } from "../state";

/** The sliders of these charts; they move all charts that know them, under other tabs too. */
export function Sliders({ charts }: { charts: Chart[] }) {
  return slidersOf(charts).map((slider) => <Range key={slider.name} slider={slider} />);
}

function Range({ slider: { name, label, min, max, step, value } }: { slider: Slider }) {
  const { sliders } = useWidget();
  const id = useId();
  const set = (to: number) => {
    sliders.value = { ...sliders.value, [name]: to };
  };
  const now = sliders.value[name] ?? value;
  return (
    <div class="mlm-slider">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={now}
        onInput={({ currentTarget }) => set(currentTarget.valueAsNumber)}
      />
      <button type="button" class="mlm-link" aria-disabled={now === value} onClick={() => set(value)}>
        Reset
      </button>
    </div>
  );
}
