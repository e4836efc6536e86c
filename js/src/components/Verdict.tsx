import type { Report } from "../protocol";
import { useWidget } from "../state";

const MARKS = { good: "✓", warning: "!", error: "✕" } as const;

/** What to think of the fit, first in words; then how it was made, and what could be done about it. */
export function Verdict({ report }: { report: Report }) {
  const { send } = useWidget();
  const { severity, text } = report.verdict;
  return (
    <div class="mlm-verdict">
      {report.out_of_date && (
        <p class="mlm-out-of-date" role="status">
          <b>Out of date.</b> {report.out_of_date} These results are for <code>{report.formula}</code>.
        </p>
      )}
      <p>
        <span class={`mlm-problem is-${severity}`}>
          <span class="mlm-mark" aria-hidden="true">
            {MARKS[severity]}
          </span>
          <b>{text}</b>
        </span>{" "}
        <span class="mlm-remark">
          {report.live && "Live: follows every click. "}
          {report.headline}
        </span>
      </p>
      {report.advice.length > 0 && (
        <ul class="mlm-advice">
          {report.advice.map(({ text: advice, label, request }) => (
            <li key={advice}>
              {advice}{" "}
              {request && (
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
