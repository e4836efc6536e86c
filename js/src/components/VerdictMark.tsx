const MARKS = { good: "✓", warning: "!", error: "✕" } as const;

/** The sign of a verdict, whose words say the same. */
export function VerdictMark({ severity }: { severity: keyof typeof MARKS }) {
  return (
    <span class={`mlm-problem is-${severity}`}>
      <span class="mlm-mark" aria-hidden="true">
        {MARKS[severity]}
      </span>
    </span>
  );
}
