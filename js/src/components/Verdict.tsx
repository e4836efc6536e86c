import { useLate } from "../late";
import type { Report } from "../protocol";
import { useWidget } from "../state";
import { VerdictMark } from "./VerdictMark";

/** What to think of the fit, first in words; then how it was made, and what could be done about it. */
export function Verdict({ report }: { report: Report }) {
  const { about, send, fits, ...widget } = useWidget();
  const keep = fits.value?.keep;
  const outOfDate = useLate(widget.outOfDate.value);
  const severity = outOfDate ? "warning" : report.verdict.severity;
  return (
    <div class="mlm-verdict">
      <p aria-live="polite">
        <span class={`mlm-problem is-${severity}`}>
          <VerdictMark severity={severity} />
          <b>{outOfDate ? "Out of date." : report.verdict.text}</b>
        </span>{" "}
        <span class="mlm-remark">
          {outOfDate ??
            [report.live && "Live, follows every click.", report.headline].filter(Boolean).join(" ")}
        </span>
        {keep && !outOfDate && (
          <>
            {" "}
            <button type="button" class="mlm-link" onClick={() => send(keep)}>
              Keep this
            </button>
          </>
        )}
      </p>
      {report.figures && report.figures.length > 0 && (
        <ul class="mlm-figures" aria-label="What the verdict rests on">
          {report.figures.map(({ label, value, wanted, good }) => (
            <li key={label} class={good ? undefined : "is-bad"} title={`${label} should be ${wanted}`}>
              {label} <b>{value}</b>
              {!good && ` (should be ${wanted})`}
            </li>
          ))}
        </ul>
      )}
      {!outOfDate && report.advice.length > 0 && (
        <ul class="mlm-advice">
          {report.advice.map(({ text: advice, label, request }) => (
            <li key={advice}>
              {advice}{" "}
              {request && !about && (
                <button type="button" class="mlm-button is-small" onClick={() => send(request)}>
                  {label}
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
