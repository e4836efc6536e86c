import { isolated } from "../bidi";
import type { Fragment } from "../protocol";

interface Props {
  /** Sentences, made of fragments that each name the part they speak of. */
  sentences: Fragment[][];
  /** The sentences as long as they become once there are figures, which then move nothing below them. */
  room?: string[] | null;
}

/** The model in plain words. */
export function Words({ sentences, room }: Props) {
  return (
    <div class="mlm-words">
      <Said sentences={sentences} />
      {room && (
        <p class="mlm-said is-room" aria-hidden="true">
          {room.map((sentence) => (
            <span key={sentence} class="mlm-sentence">
              {isolated(sentence)}{" "}
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

function Said({ sentences }: { sentences: Fragment[][] }) {
  return (
    <p class="mlm-said" onKeyDown={moveOn}>
      {sentences.map((sentence, s) => (
        <>
          <span class="mlm-sentence">
            {sentence.map(({ text, part }, i) => (
              <>
                {i > 0 && " "}
                <Part part={part} first={s === 0 && i === 0}>
                  {isolated(text)}
                </Part>
              </>
            ))}
          </span>{" "}
        </>
      ))}
    </p>
  );
}

interface PartProps {
  part: string | null;
  first: boolean;
  children: string;
}

/** The Tab key comes to the first part, the arrow keys to the others: each has something to say. */
function Part({ part, first, children }: PartProps) {
  if (part === null) return <span>{children}</span>;
  return (
    <span data-part={part} tabIndex={first ? 0 : -1}>
      {children}
    </span>
  );
}

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function moveOn(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = STEPS[event.key];
  if (step === undefined) return;
  const parts = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-part]")];
  parts[parts.indexOf(event.target as HTMLElement) + step]?.focus();
  event.preventDefault();
}
