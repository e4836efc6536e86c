import { useEffect, useRef } from "preact/hooks";
import { useLate } from "../late";
import type { Chart, FitList, Report as ReportState } from "../protocol";
import { useWidget } from "../state";
import { ChartPanel } from "./ChartPanel";
import { comparisonNews } from "./Comparison";
import { Fits } from "./Fits";
import { Followed } from "./Followed";
import { Choices, Sliders } from "./Sliders";
import { SummaryTable } from "./SummaryTable";
import { Tabs } from "./Tabs";
import { Verdict } from "./Verdict";

const TABLE = "table";
const FITS = "fits";

export interface ReportTab {
  name: string;
  label: string;
  charts: Chart[];
}

/** The report's charts under tabs, in Python's order; the table and, once there are some, the fits come last. */
export function reportTabs(charts: Chart[], fits: FitList | null = null): ReportTab[] {
  const tabs: ReportTab[] = [];
  for (const chart of charts) {
    const home = tabs.find(({ label }) => label === chart.tab);
    if (home) home.charts.push(chart);
    else tabs.push({ name: chart.name, label: chart.tab, charts: [chart] });
  }
  tabs.push({ name: TABLE, label: "Table", charts: [] });
  if (hasFits(fits)) tabs.push({ name: FITS, label: `Fits (${fits.fits.length})`, charts: [] });
  return tabs;
}

/** The charts of a tab, without those that would only say once more why nothing is drawn. */
function distinct(charts: Chart[]): Chart[] {
  const drawn = ({ spec, pending }: Chart) => pending || Object.keys(spec).length > 0;
  return charts.filter(
    (chart, i) =>
      drawn(chart) || !charts.slice(0, i).some((other) => !drawn(other) && other.note === chart.note),
  );
}

function hasFits(list: FitList | null): list is FitList {
  return list !== null && (list.fits.length > 0 || list.restore !== null);
}

/** What the fit says: the verdict, then charts and table under tabs. */
export function Report() {
  const { report, fits, gone } = useWidget();
  const list = fits.value;
  return (
    <section
      class="mlm-report"
      aria-label="Results"
      data-report={report.value?.id}
      data-formula={report.value?.formula}
    >
      <p class="mlm-hidden" aria-live="polite">
        {comparisonNews(list)}
      </p>
      {report.value ? (
        <Results report={report.value} />
      ) : (
        <>
          <p class="mlm-empty">
            {gone.value
              ? "No estimates were saved."
              : "No estimates yet. They appear here as soon as there are any."}
          </p>
          {hasFits(list) && <Fits list={list} />}
        </>
      )}
    </section>
  );
}

function Results({ report }: { report: ReportState }) {
  const { tab, needCharts, fits, ...widget } = useWidget();
  const outOfDate = useLate(widget.outOfDate.value) !== null;
  const tabs = reportTabs(report.charts, fits.value);
  const open = tabs.find(({ name }) => name === tab.value) ?? (tabs[0] as ReportTab);
  const arriving = open.charts.some(({ pending }) => pending);
  const told = useRef<string | null>(null);
  useEffect(() => {
    // Python makes the charts on the open tab with every report, and the others when they are asked for.
    const moved = tab.value !== null && told.current !== open.name;
    if (arriving || moved) needCharts(open.charts.map(({ name }) => name));
    told.current = open.name;
  }, [open.name, arriving && report.id]);
  return (
    <>
      <Verdict report={report} />
      <div class={outOfDate && open.name !== FITS ? "is-out-of-date" : undefined}>
        <Tabs
          label="Results"
          tabs={tabs}
          open={open.name}
          onOpen={(name) => {
            tab.value = name;
          }}
        >
          {open.name === FITS && fits.value ? (
            <Fits list={fits.value} />
          ) : open.name === TABLE ? (
            <SummaryTable columns={report.columns} rows={report.summary} interval={report.interval} />
          ) : (
            <>
              <Followed charts={open.charts} />
              <Choices charts={open.charts} />
              <div class="mlm-charts">
                {distinct(open.charts).map((chart) =>
                  chart.pending ? (
                    <p key={chart.name} class="mlm-arriving">
                      Drawing …
                    </p>
                  ) : (
                    <ChartPanel key={chart.name} chart={chart} report={report.id} />
                  ),
                )}
              </div>
              <Sliders charts={open.charts} />
            </>
          )}
        </Tabs>
      </div>
    </>
  );
}
