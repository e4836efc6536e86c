import { useWidget } from "../state";

/** What the fit says. */
export function Report() {
  const { report } = useWidget();
  if (!report.value) return <p class="mlm-empty">No estimates yet.</p>;
  return (
    <section class="mlm-report" aria-label="Results">
      <p>{report.value.headline}</p>
    </section>
  );
}
