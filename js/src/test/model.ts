/** What Python sends of models of sleepstudy: `recorded/` holds it, `tests/widget/record.py` renews it. */
import type { Report, Status, Themes, View } from "../protocol";
import { charts } from "./charts";
import correlated from "./recorded/correlated.json";
import idle from "./recorded/idle.json";
import intercept from "./recorded/intercept.json";
import recordedReport from "./recorded/report.json";
import sampling from "./recorded/sampling.json";
import recordedThemes from "./recorded/themes.json";
import uncorrelated from "./recorded/uncorrelated.json";
import unreadable from "./recorded/unreadable.json";

// TypeScript reads JSON with wider types than the protocol's, which Python's tests hold the files against.
const views = { correlated, uncorrelated, intercept, unreadable } as unknown as Record<string, View>;

/** A varying intercept and slope, correlated or not; a varying intercept; the first one mistyped. */
export type Model = "correlated" | "uncorrelated" | "intercept" | "unreadable";

export function view(model: Model = "correlated", version = 1, changes: Partial<View> = {}): View {
  return { ...structuredClone(views[model] as View), version, ...changes };
}

/** The report of the correlated model, with other charts than its own. */
export function report(id = 1, changes: Partial<Report> = {}): Report {
  return { ...structuredClone(recordedReport as Report), charts: charts(), id, ...changes };
}

export const IDLE: Status = idle;
export const SAMPLING: Status = sampling;
export const THEMES: Themes = recordedThemes;
