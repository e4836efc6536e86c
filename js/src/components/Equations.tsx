import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { missingTerms, type PartAction, partActions, typeset } from "../equations";
import type { Equations as Block, View } from "../protocol";
import { useWidget } from "../state";
import { CopyButton } from "./CopyButton";

/** The equations, level by level. They are a form as well: their terms are buttons. */
export function Equations({ view }: { view: View }) {
  const { send, requestText } = useWidget();
  const actions = useMemo(() => partActions(view.form), [view]);
  const missing = missingTerms(view.form);
  return (
    <div class="mlm-equations">
      <div class="mlm-equation-blocks">
        {view.equations.map((block) => (
          <EquationBlock key={block.title} block={block} actions={actions} />
        ))}
      </div>
      <div class="mlm-equation-tools">
        <Hint view={view} />
        {missing.map(({ label, request }) => (
          <button key={label} type="button" class="mlm-ghost" onClick={() => send(request)}>
            + {label}
          </button>
        ))}
        <CopyButton label="Copy LaTeX" name="the equations as LaTeX" text={() => requestText("latex")} />
      </div>
    </div>
  );
}

function EquationBlock({ block, actions }: { block: Block; actions: Map<string, PartAction> }) {
  const { send } = useWidget();
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (box.current) typeset(box.current, block.latex, actions);
  }, [block.latex, actions]);

  const act = (event: Event) => {
    const part = (event.target as Element).closest<HTMLElement>("[role=button]")?.dataset.part;
    const action = part && actions.get(part);
    if (!action) return;
    event.preventDefault();
    send(action.request);
  };
  return (
    <figure class="mlm-equation">
      <figcaption>{block.title}</figcaption>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the terms inside are the buttons */}
      <div
        ref={box}
        class="mlm-katex"
        onClick={act}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === " ") act(event);
        }}
      />
    </figure>
  );
}

/** What the pointed part is, in plain words; the line keeps its place when nothing is pointed at. */
function Hint({ view }: { view: View }) {
  const { about, part } = useWidget();
  const text = part.value && view.glossary[part.value];
  const invitation = about ? "" : "; click a highlighted one to drop it";
  return <p class="mlm-hint">{text || `Point at a term to see what it is${invitation}.`}</p>;
}
