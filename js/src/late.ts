import { useEffect, useState } from "preact/hooks";

/** How long a live answer may take before what is on screen is called out of date, in ms. */
export const PATIENCE = 1200;

/** A value that appears after some patience and goes at once: what is over soon need not be said. */
export function useLate(value: string | null, patience = PATIENCE): string | null {
  const [late, setLate] = useState(false);
  const given = value !== null;
  useEffect(() => {
    setLate(false);
    if (!given) return;
    const timer = setTimeout(() => setLate(true), patience);
    return () => clearTimeout(timer);
  }, [given, patience]);
  return late ? value : null;
}
