import { useLate } from "../late";
import type { Status, View } from "../protocol";
import { useWidget } from "../state";

const BLOCKED = "The error above stands in the way of a fit.";
const GONE =
  "Its kernel is gone, so this widget cannot change: copy the formula if you need it, and run the cell again.";
const BUSY = "Waiting for the kernel, which may be busy with a cell …";
/** How long an answer may take before the line says that it is waited for, in ms. */
const SOON = 400;
/** How long it may take before the line says so in words, in ms. */
const LONG = 4000;

/** Fit, Cancel, progress, undo and redo; one line that keeps its height. */
export function StatusBar({ view }: { view: View }) {
  const { status, send, asking, waiting, gone } = useWidget();
  const now = status.value;
  const lost = gone.value;
  const running = !lost && (now?.running ?? false);
  const { undo, redo } = view.form;
  // Most answers come so soon that a mark of waiting would only delay them.
  const late = useLate(waiting.value && !lost ? "is-waiting" : null, SOON);
  const busy = useLate(waiting.value ? BUSY : null, LONG);
  const blocked = lost ? GONE : view.can_fit ? undefined : BLOCKED;
  const message = busy ?? (now?.stage === "idle" && !view.can_fit ? BLOCKED : now?.message);
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
          aria-disabled={blocked !== undefined}
          title={blocked}
          onClick={() => !blocked && send({ type: "fit" })}
        >
          Fit with PyMC
        </button>
      )}
      <div class="mlm-status-text">
        <p role="status" class={`is-${lost ? "failed" : (now?.stage ?? "idle")}`}>
          {lost ? GONE : message}
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
