import { useLate } from "../late";
import type { Report } from "../protocol";
import { useWidget } from "../state";
import { VerdictMark } from "./VerdictMark";

/** The button goes with its answer: without another place, the keyboard's would be lost to the page. */
function stayHere(button: HTMLElement): void {
  const tab = button.closest(".mlm")?.querySelector<HTMLElement>("[role=tab][aria-selected=true]");
  tab?.focus({ preventScroll: true });
}

/** What to think of the fit, first in words; then how it was made, and what could be done about it. */
export function Verdict({ report }: { report: Report }) {
  const { about, send, fits, ...widget } = useWidget();
  const keep = fits.value?.keep;
  const outOfDate = useLate(widget.outOfDate.value);
  const instead = outOfDate ? "is-behind" : undefined;
  return (
    <div class="mlm-verdict">
      {/* What is out of date keeps its room, so that nothing below moves when it is current again. */}
      <div class="mlm-verdict-words" aria-live="polite">
        <p class={instead}>
          <Heading severity={report.verdict.severity}>{report.verdict.text}</Heading>{" "}
          <span class="mlm-remark">
            {[report.live && "Live, follows every click.", report.headline].filter(Boolean).join(" ")}
          </span>
          {keep && (
            <>
              {" "}
              <button
                type="button"
                class="mlm-link"
                onClick={(event) => {
                  send(keep);
                  stayHere(event.currentTarget);
                }}
              >
                Keep this
              </button>
            </>
          )}
        </p>
        {outOfDate && (
          <p>
            <Heading severity="warning">Out of date.</Heading> <span class="mlm-remark">{outOfDate}</span>
          </p>
        )}
      </div>
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
      {report.advice.length > 0 && (
        <ul class={`mlm-advice ${instead ?? ""}`}>
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

function Heading({ severity, children }: { severity: Report["verdict"]["severity"]; children: string }) {
  return (
    <span class={`mlm-problem is-${severity}`}>
      <VerdictMark severity={severity} />
      <b>{children}</b>
    </span>
  );
}
