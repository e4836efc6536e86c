import { useEffect, useState } from "preact/hooks";
import type { Choice, View } from "../protocol";
import { useWidget } from "../state";
import { CopyButton } from "./CopyButton";

/** The model as a script for other software, fetched when it is looked at. */
export function Code({ view }: { view: View }) {
  const [open, setOpen] = useState(false);
  if (view.code.length === 0) return null;
  return (
    <details class="mlm-code" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Code of this model</summary>
      {open && <Script view={view} choices={view.code} />}
    </details>
  );
}

function Script({ view, choices }: { view: View; choices: Choice[] }) {
  const { requestText } = useWidget();
  const [language, setLanguage] = useState(choices[0]?.value ?? "");
  const [script, setScript] = useState("");
  const chosen = choices.find(({ value }) => value === language) ?? choices[0];
  const what = chosen?.value;

  useEffect(() => {
    setScript("");
    if (what === undefined) return;
    let current = true;
    requestText(what).then(
      (text) => current && setScript(text),
      () => {}, // the widget was removed
    );
    return () => {
      current = false;
    };
  }, [what, view, requestText]);

  return (
    <>
      <div class="mlm-code-head">
        {choices.map(({ value, label, remark }) => (
          <button
            key={value}
            type="button"
            aria-pressed={value === chosen?.value}
            title={remark}
            onClick={() => setLanguage(value)}
          >
            {label}
          </button>
        ))}
        {script && <CopyButton label="Copy" name={`the ${chosen?.label} script`} text={() => script} />}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keys */}
      <section class="mlm-script" aria-label={`${chosen?.label} script`} tabIndex={0}>
        <pre>{script}</pre>
      </section>
    </>
  );
}
