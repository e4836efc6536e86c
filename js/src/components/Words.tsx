import { isolated } from "../bidi";
import type { Sentence } from "../protocol";

/** The model in sentences; each names the part it speaks of. */
export function Words({ sentences }: { sentences: Sentence[] }) {
  return (
    <p class="mlm-words">
      {sentences.map(({ text, part }, i) => (
        <>
          {i > 0 && " "}
          <span data-part={part ?? undefined}>{isolated(text)}</span>
        </>
      ))}
    </p>
  );
}
