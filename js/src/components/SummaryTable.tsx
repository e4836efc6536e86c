import { useRef } from "preact/hooks";
import type { SummaryRow } from "../protocol";
import { useScrollStop } from "../scroll";

const COLUMNS: [key: keyof SummaryRow, title: string, hint: string][] = [
  ["mean", "Mean", "Posterior mean"],
  ["sd", "SD", "Posterior standard deviation"],
  ["lower", "Lower", "Lower end of the interval"],
  ["upper", "Upper", "Upper end of the interval"],
  ["ess_bulk", "ESS bulk", "Effective number of draws for the middle of the posterior"],
  ["ess_tail", "ESS tail", "Effective number of draws for its tails"],
  ["r_hat", "R̂", "Agreement of the chains; 1.00 is best, above 1.01 is a warning"],
];

/** The estimates, level by level. */
export function SummaryTable({ rows, interval }: { rows: SummaryRow[]; interval: string }) {
  const box = useRef<HTMLDivElement>(null);
  const stop = useScrollStop(box, "Table of estimates", rows);
  // Draws that are independent have no R̂, and estimates of a point no effective sizes: a column of dashes says nothing.
  const columns = COLUMNS.filter(([key]) => rows.some((row) => row[key] !== "–"));
  const sections = [...new Set(rows.map((row) => row.section))];
  return (
    <div ref={box} class="mlm-table" {...stop}>
      <table>
        <caption>Estimates with {interval} intervals</caption>
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            {columns.map(([key, title, hint]) => (
              <th key={key} scope="col" title={hint}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        {sections.map((section) => (
          <tbody key={section}>
            <tr>
              <th scope="rowgroup" colSpan={columns.length + 1} class="mlm-section">
                {section}
              </th>
            </tr>
            {rows
              .filter((row) => row.section === section)
              .map((row) => (
                <tr key={row.parameter} data-part={row.part ?? undefined}>
                  <th scope="row" title={row.parameter}>
                    {row.label}
                  </th>
                  {columns.map(([key]) => (
                    <td key={key}>{row[key]}</td>
                  ))}
                </tr>
              ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}
