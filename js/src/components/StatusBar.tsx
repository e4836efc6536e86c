import { useLate } from "../late";
import type { Status, View } from "../protocol";
import { useWidget } from "../state";

const BLOCKED = "The error above stands in the way of a fit.";
/** How long an answer may take before the line says that it is waited for, in ms. */
const SOON = 400;

/** Fit, Cancel, progress, undo and redo; one line that keeps its height. */
export function StatusBar({ view }: { view: View }) {
  const { status, send, asking, waiting } = useWidget();
  const now = status.value;
  const running = now?.running ?? false;
  const { undo, redo } = view.form;
  // Most answers come so soon that a mark of waiting would only delay them.
  const late = useLate(waiting.value ? "is-waiting" : null, SOON);
  return (
    <section class={late ? `mlm-status ${late}` : "mlm-status"} aria-label="Fit">
      {running ? (
        <button type="button" class="mlm-button" onClick={() => send({ type: "cancel" })}>
          Cancel
        </button>
      ) : (
        <button
          type="button"
          class="mlm-button is-primary"
          aria-disabled={!view.can_fit}
          title={view.can_fit ? undefined : BLOCKED}
          onClick={() => view.can_fit && send({ type: "fit" })}
        >
          Fit with PyMC
        </button>
      )}
      <div class="mlm-status-text">
        <p role="status" class={`is-${now?.stage ?? "idle"}`}>
          {now?.stage === "idle" && !view.can_fit ? BLOCKED : now?.message}
        </p>
        {running && now && <Progress status={now} />}
      </div>
      <div class="mlm-history">
        <button type="button" class="mlm-button" aria-disabled={!undo} {...asking(undo)}>
          Undo
        </button>
        <button type="button" class="mlm-button" aria-disabled={!redo} {...asking(redo)}>
          Redo
        </button>
      </div>
    </section>
  );
}

function Progress({ status }: { status: Status }) {
  return (
    <div class="mlm-progress">
      {status.chains.length === 0 && <progress aria-label={status.stage} />}
      {status.chains.map((chain, i) => (
        <progress
          key={i}
          class={chain.tuning ? "is-tuning" : undefined}
          value={chain.draws}
          max={Math.max(chain.total, 1)}
          aria-label={`Chain ${i + 1}${chain.tuning ? ", tuning" : ""}`}
          title={`Chain ${i + 1}: ${chain.draws} of ${chain.total}${chain.tuning ? ", tuning" : ""}`}
        />
      ))}
      <span class="mlm-remark">{status.remarks}</span>
    </div>
  );
}
