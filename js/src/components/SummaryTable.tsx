import { useRef } from "preact/hooks";
import type { SummaryRow, TableColumn } from "../protocol";
import { useScrollStop } from "../scroll";

interface Props {
  columns: TableColumn[];
  rows: SummaryRow[];
  interval: string;
}

/** The estimates, level by level. */
export function SummaryTable({ columns, rows, interval }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const stop = useScrollStop(box, "Table of estimates", rows);
  const sections = [...new Set(rows.map((row) => row.section))];
  return (
    <div ref={box} class="mlm-table" {...stop}>
      <table>
        <caption>Estimates with {interval} intervals</caption>
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            {columns.map(({ key, title, hint }) => (
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
                  {columns.map(({ key }) => (
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
