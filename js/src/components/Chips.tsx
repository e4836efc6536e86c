import { useId } from "preact/hooks";
import { isolated } from "../bidi";
import type { Chip, Select as SelectState, Toggle } from "../protocol";
import { useWidget } from "../state";
import { Select } from "./Select";

interface Props {
  intercept: Toggle;
  terms: Chip[];
  add: SelectState;
}

/** Population-level terms: the intercept as a pressable chip, and a chip for each predictor. */
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
          <Term key={term.part + term.label} term={term} />
        ))}
      </div>
      {add.choices.length > 0 && <Select select={add} label="Add a predictor" action="+ Add predictor" />}
    </>
  );
}

/** A predictor: how it is centred, what it interacts with, and a button to remove it. */
function Term({ term }: { term: Chip }) {
  const { label, title, remark, part, centring, interact } = term;
  return (
    <div class="mlm-chip is-term" data-part={part}>
      <span class="mlm-chip-label" title={title}>
        {isolated(label)}
      </span>
      <RemoveTerm term={term} />
      <div class="mlm-chip-more">
        {remark && (
          <span class="mlm-remark" title={remark}>
            {remark}
          </span>
        )}
        {centring && <Select select={centring} label={`Centring of ${label}`} small />}
        {interact && (
          <Select select={interact} label={`Interaction of ${label} with`} action="× with …" small />
        )}
      </div>
    </div>
  );
}

function RemoveTerm({ term: { label, remove, needed } }: { term: Chip }) {
  const { send } = useWidget();
  const reasonId = useId();
  if (remove) return <Remove label={`Remove ${label}`} onClick={() => send(remove)} />;
  return (
    <>
      <button
        type="button"
        class="mlm-remove"
        aria-disabled="true"
        aria-label={`Remove ${label}`}
        aria-describedby={reasonId}
        title={needed ?? undefined}
      >
        ×
      </button>
      <span id={reasonId} class="mlm-hidden">
        {needed}
      </span>
    </>
  );
}

export function Remove({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" class="mlm-remove" aria-label={label} title={label} onClick={onClick}>
      ×
    </button>
  );
}
