import { useMemo } from "preact/hooks";
import { currentReport, useWidget, type Widget, WidgetProvider } from "../state";
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

function Body() {
  const widget = useWidget();
  const { about, view } = widget;
  // The report watches what it shows: a new view alone leaves it as it is.
  const results = useMemo(() => <Report />, []);
  if (!view.value) return <p class="mlm-empty">Waiting for the model…</p>;
  // With figures as soon as there are estimates of the model.
  const found = currentReport(widget)?.words ?? [];
  return (
    <div class={about ? "mlm-body is-page" : "mlm-body"}>
      {about ? <AboutPage about={about} /> : <Form view={view.value} />}
      <div class="mlm-main">
        <section class="mlm-model" aria-label="Model">
          {about ? <FormulaText view={view.value} /> : <FormulaLine view={view.value} />}
          <Equations view={view.value} />
          <Words sentences={found.length > 0 ? found : view.value.words} room={view.value.room} />
          <Code view={view.value} />
          <Problems problems={view.value.problems} />
        </section>
        {!about && <StatusBar view={view.value} />}
        {results}
      </div>
    </div>
  );
}
