import { useEffect, useState } from "preact/hooks";

interface Props {
  label: string;
  /** What is copied, for screen readers and the tooltip. */
  name: string;
  text: () => string | Promise<string>;
}

/** Copies a text and says so for two seconds. */
export function CopyButton({ label, name, text }: Props) {
  const [done, setDone] = useState<"copied" | "failed" | null>(null);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(null), 2000);
    return () => clearTimeout(timer);
  }, [done]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(await text());
      setDone("copied");
    } catch {
      // The page may not write to the clipboard (no permission, or not a secure address).
      setDone("failed");
    }
  };
  const said = done === "copied" ? "Copied" : done === "failed" ? "Not allowed" : label;
  return (
    <button
      type="button"
      class="mlm-link mlm-copy"
      aria-label={`Copy ${name}`}
      title={`Copy ${name}`}
      onClick={copy}
    >
      <span aria-live="polite">{said}</span>
    </button>
  );
}
