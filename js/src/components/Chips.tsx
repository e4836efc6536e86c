import { isolated } from "../bidi";
import { useId } from "../ids";
import type { Chip, Request, Select as SelectState, Toggle } from "../protocol";
import { useWidget } from "../state";
import { Select } from "./Select";

interface Props {
  intercept: Toggle;
  terms: Chip[];
  add: SelectState;
}

/** Population-level terms: the intercept as a pressable chip, and a chip for each predictor. */
export function Chips({ intercept, terms, add }: Props) {
  const { asking } = useWidget();
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
          aria-label={["1 intercept", intercept.label, intercept.reason].filter(Boolean).join(". ")}
          title={intercept.reason ?? intercept.label}
          {...asking(blocked ? null : { ...intercept.request, on: !intercept.on })}
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

/** What an interaction rests on cannot go: the button says so, and Python does when it is pressed. */
function RemoveTerm({ term: { label, remove, needed } }: { term: Chip }) {
  return <Remove label={`Remove ${label}`} reason={needed} request={remove} />;
}

interface RemoveProps {
  label: string;
  /** Sentence why nothing would be removed. */
  reason?: string | null;
  request: Request;
}

export function Remove({ label, reason, request }: RemoveProps) {
  const { asking } = useWidget();
  const reasonId = useId();
  return (
    <button
      type="button"
      class={reason ? "mlm-remove is-held" : "mlm-remove"}
      aria-label={label}
      aria-describedby={reason ? reasonId : undefined}
      title={reason ?? label}
      {...asking(request)}
    >
      ×
      {reason && (
        <span id={reasonId} class="mlm-hidden">
          {reason}
        </span>
      )}
    </button>
  );
}
