import { useRef } from "preact/hooks";
import type { SummaryRow } from "../protocol";
import { useScrollStop } from "../scroll";

type Column = [key: keyof SummaryRow, title: string, hint: string];

const COLUMNS: Column[] = [
  ["mean", "Mean", "Posterior mean"],
  ["sd", "SD", "Posterior standard deviation"],
  ["lower", "Lower", "Lower end of the interval"],
  ["upper", "Upper", "Upper end of the interval"],
  ["ess_bulk", "ESS bulk", "Effective number of draws for the middle of the posterior"],
  ["ess_tail", "ESS tail", "Effective number of draws for its tails"],
  ["r_hat", "R̂", "Agreement of the chains; 1.00 is best, above 1.01 is a warning"],
];

/** What the first columns of a table without a posterior hold. */
const OF_A_POINT: Column[] = [
  ["mean", "Estimate", "Where the likelihood is largest"],
  ["sd", "SE", "Standard error"],
];

interface Props {
  rows: SummaryRow[];
  interval: string;
  /** Whether the estimates are a point (REML, ML), not a posterior. */
  point: boolean;
}

/** The estimates, level by level. */
export function SummaryTable({ rows, interval, point }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const stop = useScrollStop(box, "Table of estimates", rows);
  // Independent draws have no R̂ of their own and one effective size, estimates of a point neither: dashes say nothing.
  const all = point ? [...OF_A_POINT, ...COLUMNS.slice(OF_A_POINT.length)] : COLUMNS;
  const columns = all.filter(([key]) => rows.some((row) => row[key] !== "–"));
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
                    {row.label} {row.unit && <span class="mlm-unit">{row.unit}</span>}
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
