import type { Chip, Select as SelectState, Toggle } from "../protocol";
import { useWidget } from "../state";
import { Select } from "./Select";

interface Props {
  intercept: Toggle;
  terms: Chip[];
  add: SelectState;
}

/** Population-level terms: the intercept as a pressable chip, the predictors with a button to remove each. */
export function Chips({ intercept, terms, add }: Props) {
  const { send } = useWidget();
  const blocked = intercept.reason !== null;
  return (
    <>
      <div class="mlm-chips">
        <button
          type="button"
          class="mlm-chip is-intercept"
          data-part={intercept.part ?? undefined}
          aria-pressed={intercept.on}
          aria-disabled={blocked}
          aria-label={[intercept.label, intercept.reason].filter(Boolean).join(". ")}
          title={intercept.reason ?? intercept.label}
          onClick={() => !blocked && send({ ...intercept.request, on: !intercept.on })}
        >
          1 <span class="mlm-remark">intercept</span>
        </button>
        {terms.map((term) => (
          <span key={term.part + term.label} class="mlm-chip" data-part={term.part} title={term.remark}>
            <span class="mlm-chip-label">{term.label}</span>
            <span class="mlm-remark">{term.remark}</span>
            <RemoveTerm term={term} />
          </span>
        ))}
      </div>
      {add.choices.length > 0 && <Select select={add} label="Add a predictor" action="+ Add predictor" />}
    </>
  );
}

function RemoveTerm({ term: { label, remove } }: { term: Chip }) {
  const { send } = useWidget();
  return remove && <Remove label={`Remove ${label}`} onClick={() => send(remove)} />;
}

export function Remove({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" class="mlm-remove" aria-label={label} title={label} onClick={onClick}>
      ×
    </button>
  );
}
