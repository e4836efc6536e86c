import { isolated } from "../bidi";
import { useId } from "../ids";
import type { Choice, Select as SelectState } from "../protocol";
import { useWidget } from "../state";

interface Props {
  select: SelectState;
  label: string;
  /** Shown instead of a choice: the select adds something and always returns to this text. */
  action?: string;
  /** A word in running text instead of a field. */
  small?: boolean;
}

/** A native list is as wide as its longest line, so that a very long name would leave the screen. */
const LONGEST = 70;

/**
 * A native select under a drawn face: the face shows the choice and its remark apart, the select opens,
 * takes keys and speaks. What the face shows comes from Python alone.
 */
export function Select({ select, label, action, small }: Props) {
  const { send } = useWidget();
  const id = useId();
  const chosen = select.choices.find((choice) => choice.value === select.value);
  const value = action ? "" : (select.value ?? "");
  const name = action ?? chosen?.label ?? "Choose…";

  const choose = (event: Event & { currentTarget: HTMLSelectElement }) => {
    const wanted = event.currentTarget.value;
    event.currentTarget.value = value;
    if (wanted !== value) send({ ...select.request, value: wanted });
  };

  return (
    <div class={["mlm-select", action && "is-action", small && "is-small"].filter(Boolean).join(" ")}>
      <div class="mlm-select-face" aria-hidden="true">
        <bdi class="mlm-select-label">{name}</bdi>
        {!action && !small && <span class="mlm-remark">{chosen?.remark}</span>}
      </div>
      <select
        id={id}
        aria-label={label}
        title={action ? undefined : [name, chosen?.remark].filter(Boolean).join("\n")}
        value={value}
        onChange={choose}
      >
        {(action || !chosen) && (
          <option value="" disabled hidden>
            {name}
          </option>
        )}
        {headings(select.choices).map(([heading, choices]) =>
          heading ? (
            <optgroup key={heading} label={heading}>
              {choices.map(option)}
            </optgroup>
          ) : (
            choices.map(option)
          ),
        )}
      </select>
    </div>
  );
}

/** Choices under their headings, in the order of first appearance. */
function headings(choices: Choice[]): [string, Choice[]][] {
  const groups = new Map<string, Choice[]>();
  for (const choice of choices) {
    const heading = choice.group ?? "";
    groups.set(heading, [...(groups.get(heading) ?? []), choice]);
  }
  return [...groups];
}

function option(choice: Choice) {
  const shown =
    choice.label.length > LONGEST ? `${[...choice.label].slice(0, LONGEST).join("")}…` : choice.label;
  return (
    <option
      key={choice.value}
      value={choice.value}
      disabled={choice.reason !== null}
      title={shown === choice.label ? undefined : choice.label}
    >
      {[isolated(shown), choice.reason ?? choice.detail ?? choice.remark].filter(Boolean).join("  —  ")}
    </option>
  );
}
