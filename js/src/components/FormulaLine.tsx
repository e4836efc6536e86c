import { useRef, useState } from "preact/hooks";
import { useId } from "../ids";
import type { View } from "../protocol";
import { useWidget } from "../state";
import { useCompletion } from "./Completion";
import { CopyButton } from "./CopyButton";
import { ProblemLine } from "./Problems";

/** A text on its way to Python, and the view that was on screen when it was sent. */
interface Sent {
  text: string;
  from: View;
}

/**
 * The formula as text to edit. A text area lies over a mirror of the same text: the mirror makes the height,
 * shows the parts while the text is not edited, and marks the place of an error.
 */
export function FormulaLine({ view }: { view: View }) {
  const { send } = useWidget();
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const [sent, setSent] = useState<Sent | null>(null);
  const [focused, setFocused] = useState(false);
  const { draft, formula } = view;
  // A text that could not be read is put aside, not lost, when something else is changed meanwhile.
  const aside = useRef<string | null>(null);
  if (draft) aside.current = draft.text;
  // What Python has or will have: a text that was sent counts until the answer, another view, comes.
  const known = sent?.from === view ? sent.text : (draft?.text ?? formula);
  // A text that is being typed stays, whatever Python sends.
  const text = typed ?? known;
  const completion = useCompletion(area, text);

  const ask = (text: string) => {
    aside.current = null;
    setSent({ text, from: view });
    send({ type: "formula", text });
  };
  const apply = () => {
    // The text that Python sends back is another one, in which the caret's place means nothing.
    completion.close();
    setTyped(null);
    if (text !== known) ask(text);
  };
  const restore = () => {
    completion.close();
    setTyped(null);
    if (known !== formula) ask(formula);
    aside.current = null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (completion.onKey(event)) {
      event.preventDefault();
    } else if (event.key === "Enter") {
      event.preventDefault();
      apply();
    } else if (event.key === "Escape") {
      event.preventDefault();
      restore();
    }
  };

  return (
    <div class="mlm-formula">
      <div class={`mlm-formula-line${draft ? " is-wrong" : ""}`}>
        <label class="mlm-hidden" for={id}>
          Formula
        </label>
        <div class={`mlm-formula-text${focused || draft ? " is-edited" : ""}`}>
          <Mirror view={view} text={text} onPick={(at) => pick(area.current, at)} />
          <textarea
            id={id}
            ref={area}
            rows={1}
            spellcheck={false}
            autocomplete="off"
            autocapitalize="off"
            {...completion.attributes}
            value={text}
            aria-invalid={draft !== null}
            aria-describedby={`${id}-help`}
            onFocus={() => setFocused(true)}
            onInput={({ currentTarget }) => {
              setTyped(currentTarget.value.replace(/\s*\n\s*/g, " "));
              completion.open();
            }}
            onKeyDown={onKeyDown}
            onPointerDown={completion.close}
            onBlur={() => {
              setFocused(false);
              apply();
            }}
          />
        </div>
        <CopyButton label="Copy" name="the formula" text={() => formula} />
      </div>
      {completion.list}
      <p id={`${id}-help`} class="mlm-formula-help" role={draft ? "alert" : undefined}>
        {draft && (
          <ProblemLine severity="error">
            {draft.problem.message} The model below is the last good one; Esc brings it back.
          </ProblemLine>
        )}
        {!draft && aside.current !== null && typed === null && (
          <PutAside
            text={aside.current}
            onTake={() => {
              setTyped(aside.current ?? formula);
              area.current?.focus();
            }}
          />
        )}
        {!draft &&
          aside.current === null &&
          "lme4 formula. Names are completed, Enter applies, Esc restores."}
      </p>
    </div>
  );
}

function PutAside({ text, onTake }: { text: string; onTake: () => void }) {
  return (
    <>
      Your text <code>{text}</code> was put aside.{" "}
      <button type="button" class="mlm-link" onClick={onTake}>
        Bring it back
      </button>
    </>
  );
}

function pick(area: HTMLTextAreaElement | null, at: number): void {
  area?.focus();
  area?.setSelectionRange(at, at);
}

/** What lies under the text area; it repeats the text, so it is hidden from screen readers. */
function Mirror({ view, text, onPick }: { view: View; text: string; onPick: (at: number) => void }) {
  const draft = view.draft?.text === text ? view.draft : null;
  if (draft) return <Marked text={text} position={draft.problem.position} />;
  if (text !== view.formula) return <Plain text={text} />;
  let at = 0;
  return (
    <div class="mlm-mirror" aria-hidden="true">
      {view.pieces.map((piece) => {
        const end = at + piece.text.length;
        at = end;
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: a pointer's way to the text area, which takes keys
          <span
            key={end}
            data-part={piece.part ?? undefined}
            onMouseDown={(event) => {
              event.preventDefault();
              onPick(end);
            }}
          >
            {piece.text}
          </span>
        );
      })}
    </div>
  );
}

function Plain({ text }: { text: string }) {
  return (
    <div class="mlm-mirror" aria-hidden="true">
      {text || " "}
    </div>
  );
}

/** The text with a mark under what could not be read: a whole word, or a character, or the place at the end. */
function Marked({ text, position }: { text: string; position: number | null }) {
  if (position === null) return <Plain text={text} />;
  // Python counts characters, JavaScript counts halves of some.
  const characters = Array.from(text);
  const before = characters.slice(0, position).join("");
  const rest = characters.slice(position).join("");
  const marked = rest.match(/^([\p{L}\p{N}._]+|.)/u)?.[0] ?? "";
  return (
    <div class="mlm-mirror" aria-hidden="true">
      {before}
      <mark>{marked || " "}</mark>
      {rest.slice(marked.length)}
    </div>
  );
}
