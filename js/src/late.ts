import { useEffect, useState } from "preact/hooks";

/** How long a live answer may take before what is on screen is called out of date, in ms. */
export const PATIENCE = 500;

/** A value that appears after some patience and goes at once: what is over soon need not be said. */
export function useLate(value: string | null): string | null {
  const [late, setLate] = useState(false);
  const given = value !== null;
  useEffect(() => {
    setLate(false);
    if (!given) return;
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [given]);
  return late ? value : null;
}
