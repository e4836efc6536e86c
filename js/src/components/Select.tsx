import { useId } from "preact/hooks";
import type { Select as SelectState } from "../protocol";
import { useWidget } from "../state";

interface Props {
  select: SelectState;
  label: string;
  /** Shown instead of a choice: the select adds something and always returns to this text. */
  action?: string;
}

/**
 * A native select under a drawn face: the face shows the choice and its remark apart, the select opens,
 * takes keys and speaks. What the face shows comes from Python alone.
 */
export function Select({ select, label, action }: Props) {
  const { send } = useWidget();
  const id = useId();
  const chosen = select.choices.find((choice) => choice.value === select.value);
  const value = action ? "" : (select.value ?? "");

  const choose = (event: Event & { currentTarget: HTMLSelectElement }) => {
    const wanted = event.currentTarget.value;
    event.currentTarget.value = value;
    if (wanted !== value) send({ ...select.request, value: wanted });
  };

  return (
    <div class={action ? "mlm-select is-action" : "mlm-select"}>
      <div class="mlm-select-face" aria-hidden="true">
        <span class="mlm-select-label">{action ?? chosen?.label ?? "Choose…"}</span>
        {!action && <span class="mlm-remark">{chosen?.remark}</span>}
      </div>
      <select id={id} aria-label={label} value={value} onChange={choose}>
        {(action || !chosen) && (
          <option value="" disabled hidden>
            {action ?? "Choose…"}
          </option>
        )}
        {select.choices.map((choice) => (
          <option key={choice.value} value={choice.value} disabled={choice.reason !== null}>
            {[choice.label, choice.reason ?? choice.remark].filter(Boolean).join("  —  ")}
          </option>
        ))}
      </select>
    </div>
  );
}
