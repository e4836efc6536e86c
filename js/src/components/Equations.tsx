import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { isolated } from "../bidi";
import { missingTerms, type PartAction, partActions, typeset, typesetAhead } from "../equations";
import type { Equations as Block, Notation, View } from "../protocol";
import { useScrollStop } from "../scroll";
import { currentReport, useWidget } from "../state";
import { CopyButton } from "./CopyButton";

/** The equations in one of their styles. They are a form as well: their terms are buttons. */
export function Equations({ view }: { view: View }) {
  const widget = useWidget();
  const { asking, requestText, expected } = widget;
  const [style, setStyle] = useState<string | null>(null);
  const [withPriors, setPriors] = useState(false);
  const [withValues, setValues] = useState(false);
  const actions = useMemo(() => partActions(view.form), [view]);

  const next = expected.value;
  useEffect(() => {
    if (next) typesetAhead(inStyle(next, style)?.equations ?? [], partActions(next.form));
  }, [next]);

  const notation = inStyle(view, style);
  if (!notation) return null;
  const current = currentReport(widget);
  const values = withValues ? current?.values[notation.name] : undefined;
  const blocks = values ?? notation.equations;
  const priors = withPriors ? view.priors?.[notation.name] : undefined;
  const missing = missingTerms(view.form).filter(({ part }) => !offers(blocks, part));
  const what = `latex:${notation.name}${priors ? ":priors" : ""}${values ? ":values" : ""}`;
  return (
    <div class="mlm-equations">
      <div class="mlm-equation-blocks">
        {blocks.map((block) => (
          <EquationBlock key={block.title} block={block} actions={actions} />
        ))}
        {priors && <EquationBlock block={{ title: "Priors", latex: priors, plain: null }} actions={NONE} />}
      </div>
      <div class="mlm-equation-tools">
        <Hint />
        {missing.map(({ label, request }) => (
          <button key={label} type="button" class="mlm-ghost" {...asking(request)}>
            + {label}
          </button>
        ))}
        <span class="mlm-equation-choices">
          <select
            class="mlm-style"
            aria-label="Style of the equations"
            value={notation.name}
            onChange={(event) => setStyle(event.currentTarget.value)}
          >
            {view.notations.map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
          <Check label="priors" on={withPriors} set={setPriors} able={view.priors !== null} />
          <Check label="values" on={withValues} set={setValues} able={current !== null} />
          <CopyButton label="Copy LaTeX" name="LaTeX of the equations" text={() => requestText(what)} />
        </span>
      </div>
    </div>
  );
}

function inStyle({ notations }: View, style: string | null): Notation | undefined {
  return notations.find(({ name }) => name === style) ?? notations[0];
}

const NONE = new Map<string, PartAction>();

/** Whether a part stands in the equations as a term that could be added. */
function offers(blocks: Block[], part: string | null): boolean {
  return blocks.some(({ latex }) => latex.includes(`\\htmlData{part=${part}, absent=yes}`));
}

interface CheckProps {
  label: string;
  on: boolean;
  set: (on: boolean) => void;
  able: boolean;
}

function Check({ label, on, set, able }: CheckProps) {
  return (
    <label class="mlm-check">
      <input
        type="checkbox"
        checked={on}
        disabled={!able}
        onChange={(event) => set(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}

function EquationBlock({ block, actions }: { block: Block; actions: Map<string, PartAction> }) {
  const { asking } = useWidget();
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (box.current) typeset(box.current, block.latex, actions, block.plain);
  }, [block.latex, block.plain, actions]);
  const stop = useScrollStop(box, block.title, block.latex);

  const asked = (event: Event) => {
    const part = (event.target as Element).closest<HTMLElement>("[role=button]")?.dataset.part;
    return asking((part && actions.get(part)?.request) || null);
  };
  const act = (event: Event) => {
    const { onClick } = asked(event);
    if (!onClick) return;
    event.preventDefault();
    onClick();
  };
  return (
    <figure class="mlm-equation">
      <figcaption>{isolated(block.title)}</figcaption>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the terms inside are the buttons */}
      <div
        ref={box}
        class="mlm-katex"
        {...stop}
        onPointerDown={(event) => asked(event).onPointerDown?.(event)}
        onClick={act}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === " ") act(event);
        }}
      />
    </figure>
  );
}

function Hint() {
  const { about } = useWidget();
  const invitation = about ? "" : "; click one to drop it, or a pale one to add it";
  return <p class="mlm-hint">Point at a term to see what it is{invitation}.</p>;
}
