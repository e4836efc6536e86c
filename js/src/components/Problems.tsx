import { isolated } from "../bidi";
import type { Problem, Request } from "../protocol";
import { useWidget } from "../state";

const MARKS = {
  error: { icon: "✕", word: "Error" },
  warning: { icon: "!", word: "Warning" },
  note: { icon: "i", word: "Note" },
} as const;

/** One sentence, with its severity as icon and word. */
export function ProblemLine({
  severity,
  children,
}: {
  severity: keyof typeof MARKS;
  children: preact.ComponentChildren;
}) {
  const { icon, word } = MARKS[severity];
  return (
    <span class={`mlm-problem is-${severity}`}>
      <span class="mlm-mark" aria-hidden="true">
        {icon}
      </span>
      <span>
        <b>{word}:</b> {children}
      </span>
    </span>
  );
}

/** What stands in the way of a fit, and what is worth knowing before it. */
export function Problems({ problems }: { problems: Problem[] }) {
  const errors = problems.filter((p) => p.severity === "error");
  const others = problems.filter((p) => p.severity !== "error");
  return (
    <div class="mlm-problems">
      <List problems={errors} role="alert" />
      <List problems={others} />
    </div>
  );
}

function List({ problems, role }: { problems: Problem[]; role?: "alert" }) {
  const { about, send } = useWidget();
  // An alert is announced when its text changes, so the region stays in the page while it is empty.
  if (problems.length === 0 && !role) return null;
  return (
    <div role={role}>
      {problems.length > 0 && (
        <ul>
          {problems.map((p) => (
            <li key={`${p.code}-${p.part}-${p.column}-${p.message}`} data-part={p.part ?? undefined}>
              <ProblemLine severity={p.severity}>
                {isolated(p.message)} {p.remedy && !about && <Remedy {...p.remedy} onClick={send} />}
              </ProblemLine>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Remedy({
  label,
  request,
  onClick,
}: NonNullable<Problem["remedy"]> & { onClick: (r: Request) => void }) {
  return (
    <button type="button" class="mlm-button is-small" onClick={() => onClick(request)}>
      {label}
    </button>
  );
}
