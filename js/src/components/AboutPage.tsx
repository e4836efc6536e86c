import type { About, View } from "../protocol";
import { CopyButton } from "./CopyButton";

/** What a page is of and how it was made; it stands where a notebook has the builder. */
export function AboutPage({ about }: { about: About }) {
  return (
    <header class="mlm-about">
      <h1>{about.title}</h1>
      <dl>
        {about.facts.map(({ label, text }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </header>
  );
}

/** The formula, to read and to copy. */
export function FormulaText({ view }: { view: View }) {
  return (
    <div class="mlm-formula-line is-fixed">
      <p class="mlm-formula-text">
        <code class="mlm-mirror">
          {view.pieces.map(({ text, part }, i) => (
            <span key={i} data-part={part ?? undefined}>
              {text}
            </span>
          ))}
        </code>
      </p>
      <CopyButton label="Copy" name="the formula" text={() => view.formula} />
    </div>
  );
}
