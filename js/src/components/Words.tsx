import { isolated } from "../bidi";
import type { Fragment } from "../protocol";

/** The model in sentences, made of fragments that each name the part they speak of. */
export function Words({ fragments }: { fragments: Fragment[] }) {
  return (
    <p class="mlm-words">
      {sentences(fragments).map((sentence) => (
        <>
          <span class="mlm-sentence">
            {sentence.map(({ text, part }, i) => (
              <>
                {i > 0 && " "}
                <span data-part={part ?? undefined}>{isolated(text)}</span>
              </>
            ))}
          </span>{" "}
        </>
      ))}
    </p>
  );
}

/** A sentence ends with the fragment that has its full stop. */
function sentences(fragments: Fragment[]): Fragment[][] {
  const result: Fragment[][] = [[]];
  for (const fragment of fragments) {
    result.at(-1)?.push(fragment);
    if (fragment.text.endsWith(".")) {
      result.push([]);
    }
  }
  return result.filter((sentence) => sentence.length > 0);
}
