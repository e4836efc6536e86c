import { useRef } from "preact/hooks";
import type { FitEntry, FitList } from "../protocol";
import { useWidget } from "../state";
import { Comparison } from "./Comparison";
import { VerdictMark } from "./VerdictMark";

/** The history: every fit that was asked for or kept, to be named, recalled, removed and compared. */
export function Fits({ list }: { list: FitList }) {
  const { send } = useWidget();
  const { restore } = list;
  return (
    <div class="mlm-fits">
      <section aria-label="Fits">
        <table class="mlm-fit-table">
          <caption class="mlm-hidden">Fits, oldest first</caption>
          <thead>
            <tr>
              <th scope="col">Fit</th>
              <th scope="col">Model</th>
              <th scope="col">
                <span class="mlm-hidden">Recall or remove</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {list.fits.map((fit) => (
              <FitRow key={fit.number} fit={fit} />
            ))}
          </tbody>
        </table>
        {restore && (
          <p class="mlm-restore">
            “{restore.name}” was removed.{" "}
            <button type="button" class="mlm-link" onClick={() => send(restore.request)}>
              Put it back
            </button>
          </p>
        )}
      </section>
      <Comparison list={list} />
    </div>
  );
}

function FitRow({ fit }: { fit: FitEntry }) {
  const { send } = useWidget();
  const made = new Date(fit.made);
  return (
    <tr class={fit.shown ? "is-shown" : undefined} aria-current={fit.shown}>
      <th scope="row">
        <FitName fit={fit} />
        <span class="mlm-remark">
          <time dateTime={fit.made} title={made.toLocaleString()}>
            {made.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}
          </time>
          {fit.shown && " · on screen"}
        </span>
      </th>
      <td>
        <code class="mlm-fit-formula">{fit.formula}</code>
        <span class="mlm-remark" title={fit.verdict.text}>
          <VerdictMark severity={fit.verdict.severity} /> {fit.family} ·{" "}
          {fit.kept && "live posterior, kept · "}
          {fit.headline}
        </span>
        <span class={fit.verdict.severity === "good" ? "mlm-hidden" : "mlm-fit-verdict"}>
          {fit.verdict.text}
        </span>
        {fit.earlier && <span class="mlm-fit-earlier">Earlier data. {fit.earlier}</span>}
      </td>
      <td class="mlm-fit-actions">
        <button
          type="button"
          class="mlm-button is-small"
          aria-label={`Recall ${fit.name}`}
          title="Show its report, and take its model into the builder"
          onClick={() => send(fit.recall)}
        >
          Recall
        </button>
        <button
          type="button"
          class="mlm-remove"
          aria-label={`Remove ${fit.name}`}
          onClick={() => send(fit.remove)}
        >
          ×
        </button>
      </td>
    </tr>
  );
}

/** The name as a text field: Enter or leaving it asks for the new name, Escape takes it back. */
function FitName({ fit }: { fit: FitEntry }) {
  const { send } = useWidget();
  const field = useRef<HTMLInputElement>(null);
  const leave = () => field.current?.blur();
  return (
    <input
      // Python decides what the fit is called: a name that it refuses goes back.
      key={fit.name}
      ref={field}
      type="text"
      class="mlm-fit-name"
      aria-label={`Name of fit ${fit.number}`}
      spellcheck={false}
      defaultValue={fit.name}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.value = fit.name;
        if (event.key === "Escape" || event.key === "Enter") leave();
      }}
      onBlur={(event) => {
        const name = event.currentTarget.value;
        event.currentTarget.value = fit.name;
        if (name !== fit.name) send({ ...fit.rename, name });
      }}
    />
  );
}
