import type { ComparisonRow, FitComparison, FitList } from "../protocol";
import { useWidget } from "../state";

/** How well the fits predict rows that they have not seen, best first. */
export function Comparison({ list }: { list: FitList }) {
  const { send } = useWidget();
  const { compare, comparison } = list;
  const computing = comparison?.stage === "computing";
  if (!compare && !comparison) {
    return <p class="mlm-remark">Fit or keep a second model to compare the two.</p>;
  }
  return (
    <section class="mlm-comparison" aria-label="Comparison" aria-busy={computing}>
      <div class="mlm-comparison-head">
        <button
          type="button"
          class="mlm-button"
          aria-disabled={computing || !compare}
          onClick={() => compare && !computing && send(compare)}
        >
          {comparison ? "Compare again" : "Compare the fits"}
        </button>
        <span class="mlm-remark">
          {comparison?.message ?? "How well does each predict rows that it has not seen? (leave-one-out)"}
        </span>
      </div>
      {comparison && comparison.rows.length > 0 && <Ranking comparison={comparison} />}
    </section>
  );
}

/** What a finished comparison says, for the live region. */
export function comparisonNews(list: FitList | null): string {
  const comparison = list?.comparison;
  if (!comparison) return "";
  return [comparison.message, ...(comparison.stage === "done" ? comparison.sentences : [])].join(" ");
}

function Ranking({ comparison }: { comparison: FitComparison }) {
  return (
    <>
      <p class="mlm-comparison-words">{comparison.sentences.join(" ")}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: where the table is too wide, arrow keys scroll it */}
      <section class="mlm-table" aria-label="Ranking" tabIndex={0}>
        <table>
          <caption>
            Expected log predictive density (elpd) by leave-one-out, best first; more is better
          </caption>
          <thead>
            <tr>
              <th scope="col">Fit</th>
              <th scope="col" title="Difference to the best fit, and its standard error">
                Difference (SE)
              </th>
              <th scope="col" class="mlm-drawn">
                <span class="mlm-hidden">Difference, drawn with two standard errors either side</span>
              </th>
              <th scope="col" title="Expected log predictive density, and its standard error">
                elpd (SE)
              </th>
              <th scope="col" title="Effective number of parameters">
                p<sub>loo</sub>
              </th>
              <th scope="col" title="Rows whose Pareto k̂ is above 0.7: what they contribute is rough">
                k̂ &gt; 0.7
              </th>
            </tr>
          </thead>
          <tbody>
            {comparison.rows.map((row) => (
              <RankingRow key={row.name} row={row} />
            ))}
          </tbody>
        </table>
      </section>
      {comparison.left_out.length > 0 && (
        <ul class="mlm-left-out">
          {comparison.left_out.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function RankingRow({ row }: { row: ComparisonRow }) {
  const { from, at, to, zero } = row.mark;
  const x = (place: number) => 4 + 112 * place;
  return (
    <tr>
      <th scope="row">{row.name}</th>
      <td>
        {row.difference}
        {row.se_difference && ` (${row.se_difference})`}
      </td>
      <td class="mlm-drawn">
        <svg class="mlm-difference" viewBox="0 0 120 16" aria-hidden="true">
          <line class="is-zero" x1={x(zero)} x2={x(zero)} y1="0" y2="16" />
          <line x1={x(from)} x2={x(to)} y1="8" y2="8" />
          <circle cx={x(at)} cy="8" r="3.5" />
        </svg>
      </td>
      <td>
        {row.elpd} ({row.se})
      </td>
      <td>{row.p_loo}</td>
      <td class={row.reliable ? undefined : "is-doubtful"}>
        {row.high_k === 0 ? "none" : `${row.high_k}${row.reliable ? "" : ", too many"}`}
      </td>
    </tr>
  );
}
