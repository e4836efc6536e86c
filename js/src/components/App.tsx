import type { Fragment, Report as ReportState, View } from "../protocol";
import { useWidget, type Widget, WidgetProvider } from "../state";
import { AboutPage, FormulaText } from "./AboutPage";
import { Code } from "./Code";
import { Equations } from "./Equations";
import { Form } from "./Form";
import { FormulaLine } from "./FormulaLine";
import { Problems } from "./Problems";
import { Report } from "./Report";
import { StatusBar } from "./StatusBar";
import { Words } from "./Words";

export function App({ widget }: { widget: Widget }) {
  return (
    <WidgetProvider value={widget}>
      <Body />
    </WidgetProvider>
  );
}

/** The model in words; with figures as soon as there are estimates of it. */
function wordsFor(view: View, report: ReportState | null): Fragment[] {
  const current = report && report.out_of_date === null && report.formula === view.formula;
  return current && report.words.length > 0 ? report.words : view.words;
}

function Body() {
  const { about, view, report } = useWidget();
  if (!view.value) return <p class="mlm-empty">Waiting for the model…</p>;
  return (
    <div class={about ? "mlm-body is-page" : "mlm-body"}>
      {about ? <AboutPage about={about} /> : <Form view={view.value} />}
      <div class="mlm-main">
        <section class="mlm-model" aria-label="Model">
          {about ? <FormulaText view={view.value} /> : <FormulaLine view={view.value} />}
          <Equations view={view.value} />
          <Words fragments={wordsFor(view.value, report.value)} room={view.value.room} />
          <Code view={view.value} />
          <Problems problems={view.value.problems} />
        </section>
        {!about && <StatusBar view={view.value} />}
        <Report />
      </div>
    </div>
  );
}
