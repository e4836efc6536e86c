import { useEffect, useRef } from "preact/hooks";
import { useLate } from "../late";
import type { Chart, Report as ReportState } from "../protocol";
import { useWidget } from "../state";
import { ChartPanel } from "./ChartPanel";
import { Followed } from "./Followed";
import { Sliders } from "./Sliders";
import { SummaryTable } from "./SummaryTable";
import { Tabs } from "./Tabs";
import { Verdict } from "./Verdict";

/** Charts that are looked at together stand under one tab, that of the first. */
const COMPANIONS: Record<string, string> = { shrinkage: "pooling" };
const LABELS: Record<string, string> = { caterpillar: "Group effects", group_size: "Group size" };
const TABLE = "table";

export interface ReportTab {
  name: string;
  label: string;
  charts: Chart[];
}

/** The report's charts under tabs, in the order in which Python gives them; the table comes last. */
export function reportTabs(charts: Chart[]): ReportTab[] {
  const tabs: ReportTab[] = [];
  for (const chart of charts) {
    const home = tabs.find(({ name }) => name === COMPANIONS[chart.name]);
    if (home) home.charts.push(chart);
    else tabs.push({ name: chart.name, label: tabLabel(chart.name), charts: [chart] });
  }
  return [...tabs, { name: TABLE, label: "Table", charts: [] }];
}

function tabLabel(name: string): string {
  return LABELS[name] ?? name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
}

/** What the fit says: the verdict, then charts and table under tabs. */
export function Report() {
  const { report } = useWidget();
  return (
    <section class="mlm-report" aria-label="Results">
      {report.value ? (
        <Results report={report.value} />
      ) : (
        <p class="mlm-empty">No estimates yet. Fit the model to see them here.</p>
      )}
    </section>
  );
}

function Results({ report }: { report: ReportState }) {
  const { tab, needCharts } = useWidget();
  const outOfDate = useLate(report.out_of_date) !== null;
  const tabs = reportTabs(report.charts);
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
      <div class={outOfDate ? "is-out-of-date" : undefined}>
        <Tabs
          label="Results"
          tabs={tabs}
          open={open.name}
          onOpen={(name) => {
            tab.value = name;
          }}
        >
          {open.name === TABLE ? (
            <SummaryTable rows={report.summary} interval={report.interval} />
          ) : (
            <>
              <Followed charts={open.charts} />
              <Sliders charts={open.charts} />
              <div class="mlm-charts">
                {open.charts.map((chart) =>
                  chart.pending ? (
                    <p key={chart.name} class="mlm-arriving">
                      Drawing …
                    </p>
                  ) : (
                    <ChartPanel key={chart.name} chart={chart} />
                  ),
                )}
              </div>
            </>
          )}
        </Tabs>
      </div>
    </>
  );
}
