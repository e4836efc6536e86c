/**
 * What travels between Python and the browser. Python is the single truth: it sends what to show and
 * what each control would ask for; the browser shows it and asks. No rule of the model lives here.
 *
 * Traits, Python to browser (the browser never writes one): `candidates`, `view`, `status`, `report`, `fit_list`,
 * `themes`, and `out_of_date`: a sentence saying what has changed since the report, null when it shows the model on
 * screen. The report is large, and a click changes that sentence alone.
 * Custom messages, browser to Python: `Request`. Custom messages, Python to browser: `Reply`.
 */

/** A name that the formula line completes: a column of the data, or a function of the grammar. */
export interface Candidate {
  /** What is typed to find it. */
  name: string;
  /** What is written into the formula: the name as the grammar wants it, or a function's with its parenthesis. */
  text: string;
  /** What it is, for example "grouping factor: 18 groups of 10". */
  remark: string;
}

/** Everything a control needs: what it says, whether it can be used, and what it asks Python for. */
export interface Choice {
  value: string;
  label: string;
  remark: string;
  /** Sentence why the choice cannot be made now; null when it can. */
  reason: string | null;
  /** What the opened list says instead of the remark: kind, values, level and missing values of a column. */
  detail?: string;
  /** Heading in the dropdown under which it stands; none or "" for no heading. */
  group?: string;
}

export interface Select {
  value: string | null;
  choices: Choice[];
  /** The request to send; the chosen value is added as `value`. */
  request: Request;
}

export interface Toggle {
  label: string;
  on: boolean;
  /** Sentence why the toggle cannot be used now (it is then aria-disabled, and the sentence shown); null when it can. */
  reason: string | null;
  /** The request to send; the new state is added as `on`. */
  request: Request;
  part: string | null;
}

export interface Chip {
  label: string;
  /** Tooltip: the term in words and as the formula has it, one a line. */
  title: string;
  remark: string;
  part: string;
  /** Request that removes it. */
  remove: Request;
  /** Sentence why it cannot be removed, which the request would bring too; null when it can. */
  needed: string | null;
  /** How the predictor is centred; null for what cannot be centred. */
  centring: Select | null;
  /** The other predictors, to make an interaction with; null when there is none. */
  interact: Select | null;
}

export interface GroupCard {
  part: string;
  factor: Select;
  remark: string;
  intercept: Toggle;
  slopes: Toggle[];
  /** null when fewer than two effects vary; values are "|" and "||", a remark says what choosing does. */
  correlated: { value: string; choices: Choice[]; part: string; request: Request } | null;
  /** Sentences about this grouping factor: size, nesting, crossing. */
  facts: string[];
  remove: Request | null;
}

export interface Preset {
  /** "varying-intercept" | "varying-intercept-predictor" | "varying-slope" | "correlated" | "uncorrelated" */
  name: string;
  label: string;
  formula: string;
  active: boolean;
  reason: string | null;
  request: Request;
}

/** Heading of a level of the model, and what it is called in the other vocabulary. */
export interface Legend {
  legend: string;
  also: string;
}

export interface Form {
  presets: Preset[];
  response: Select;
  family: Select;
  /** Suggestion such as "use holds only 0 and 1: Bernoulli fits"; null when there is none. */
  family_hint: { text: string; request: Request; label: string } | null;
  population: Legend;
  group: Legend;
  intercept: Toggle;
  terms: Chip[];
  add_term: Select;
  groups: GroupCard[];
  add_group: Select;
  undo: Request | null;
  redo: Request | null;
}

/** A piece of the formula text; pieces with the same part are one part of the model. */
export interface FormulaPiece {
  text: string;
  part: string | null;
}

export interface Problem {
  severity: "error" | "warning" | "note";
  code: string;
  message: string;
  part: string | null;
  column: string | null;
  position: number | null;
  /** The button that does away with it, if there is one. */
  remedy?: { label: string; request: Request } | null;
}

/** One block of equations, set side by side where there is room. */
export interface Equations {
  /** For example "Level 1, observations i in Subject j". */
  title: string;
  /** KaTeX source; parts carry \htmlData{part=…}, effects that the model could have as well data-absent. */
  latex: string;
  /** The same without what the model does not have, for screen readers; null when there is nothing such. */
  plain: string | null;
}

/** The equations in one style. */
export interface Notation {
  /** "levels" | "raudenbush-bryk" | "gelman-hill" | "matrix" */
  name: string;
  label: string;
  equations: Equations[];
}

/** A piece of a sentence: joined by spaces they are the sentence. */
export interface Fragment {
  text: string;
  part: string | null;
}

/** Everything that follows a click, sent at once so that nothing is ever half updated. */
export interface View {
  /** Increases with every change of the model. */
  version: number;
  formula: string;
  pieces: FormulaPiece[];
  form: Form;
  /** The default style first. */
  notations: Notation[];
  /** Style → KaTeX source of the priors in data units; null where there are no data to scale them to. */
  priors: Record<string, string> | null;
  /** Sentences. */
  words: Fragment[][];
  /** The sentences with figures of the usual length, while a live posterior brings figures; null otherwise. */
  room: string[] | null;
  problems: Problem[];
  /** "180 rows used, none dropped." */
  rows: string;
  /** Text that could not be read, kept for the person to mend; null when the formula line is good. */
  draft: { text: string; problem: Problem } | null;
  can_fit: boolean;
  /** part id → what the part is, in plain words, with its synonyms (for tooltips). */
  glossary: Record<string, string>;
  /**
   * Scripts of the same model for other software: `value` is the `what` of the copy request that brings the
   * text, which says itself why a language cannot express the model.
   */
  code: Choice[];
  /** The words for the two kinds of effects: population and group level, or fixed and random effects. */
  vocabulary: Select;
}

export interface Status {
  /** "idle" | "starting" | "compiling" | "sampling" | "finishing" | "done" | "cancelled" | "failed" */
  stage: string;
  /** A fit that was asked for is on its way. */
  running: boolean;
  run: number;
  /** One sentence for the status line and for screen readers. */
  message: string;
  chains: { draws: number; total: number; tuning: boolean }[];
  /** What the bars of the chains do not show: "2 divergences · 3 s · about 5 s left". */
  remarks: string;
}

/** A Vega-Lite chart whose data are named, so that new numbers can go into the drawn view. */
export interface Chart {
  name: string;
  /** Tab under which it stands, together with the other charts that name the same one. */
  tab: string;
  title: string;
  /** Text for screen readers, and figures that the chart rests on. */
  description: string;
  /**
   * Vega-Lite specification without data values; equal spec means the drawn view can be kept. A top-level
   * parameter that is bound to a range input becomes one slider for all charts that name it (`bind.name` is
   * its label).
   */
  spec: Record<string, unknown>;
  /** Data set name → rows. */
  data: Record<string, Record<string, unknown>[]>;
  /** Sentence to show instead of the chart, or below it (aggregated, sampled, why not); null when none. */
  note: string | null;
  /** Parameter of the chart that a person can set → sentence that belongs beside its control. */
  hints?: Record<string, string>;
  /** Which of many groups are shown, with the requests for others; `groups` is added to the one for chosen ones. */
  page?: { label: string; previous: Request | null; next: Request | null; chosen: Request } | null;
  /** Parameter that a slider sets → what its two ends stand for. */
  ends?: Record<string, string[]>;
  /**
   * Parts of the model that marks of the chart stand for, with their names. Rows say in a field `part` which
   * ones they are (several ids are separated by spaces), and the parameter `part` marks those pointed at.
   */
  parts?: { part: string; label: string }[];
  /** True while the chart is only announced: it comes in the same report once a `charts` request names it. */
  pending?: boolean;
}

export interface TableColumn {
  key: "mean" | "sd" | "lower" | "upper" | "ess_bulk" | "ess_tail" | "r_hat";
  title: string;
  /** What it holds, for a tooltip. */
  hint: string;
}

export interface SummaryRow {
  /** lme4's name of the parameter, for example "sd_(Intercept)|Subject". */
  parameter: string;
  /** Heading under which the row stands: "Population level", "Group level: Subject", "Residual". */
  section: string;
  label: string;
  part: string | null;
  /** What the estimate is measured in: "ms per day", or "log-odds scale"; empty for neither. */
  unit: string;
  /** Formatted with sensible digits: estimate, standard deviation, interval, effective sizes, R-hat. */
  mean: string;
  sd: string;
  lower: string;
  upper: string;
  ess_bulk: string;
  ess_tail: string;
  r_hat: string;
}

export interface Report {
  id: number;
  formula: string;
  /** "pymc", "exact", "laplace", "reml" or "ml". */
  method: string;
  /** Made on a click, without Fit. */
  live: boolean;
  /** "PyMC (NUTS): 4 × 1000 draws in 6.1 s" */
  headline: string;
  /** Verdict on the sampler, first in words. */
  verdict: { severity: "good" | "warning" | "error"; text: string };
  advice: { text: string; label: string; request: Request | null }[];
  /** Numbers that the verdict rests on, each the worst, with what it should be. */
  figures?: { label: string; value: string; wanted: string; good: boolean }[];
  /** Columns of the table of estimates; those with nothing to say are left out. */
  columns: TableColumn[];
  summary: SummaryRow[];
  /** Part id → its estimates with intervals and units, a line each, for tooltips. */
  tips?: Record<string, string>;
  interval: string;
  words: Fragment[][];
  /** Style → equations with numbers in place of symbols. */
  values: Record<string, Equations[]>;
  charts: Chart[];
}

/** One fit of the history. */
export interface FitEntry {
  number: number;
  name: string;
  formula: string;
  /** "Gaussian"; with its link where that is not the family's own. */
  family: string;
  /** Method, draws and time, as in the report. */
  headline: string;
  /** A live posterior that was kept, not a fit that was asked for. */
  kept: boolean;
  verdict: { severity: "good" | "warning" | "error"; text: string };
  /** When it entered the history, ISO 8601 in UTC. */
  made: string;
  /** Its report is on screen. */
  shown: boolean;
  /** Sentence saying that it is of data that have been replaced; null when it is not. */
  earlier: string | null;
  /** The new name is added as `name`. */
  rename: Request;
  recall: Request;
  remove: Request;
}

export interface ComparisonRow {
  name: string;
  /**
   * Formatted: expected log predictive density, difference to the best fit, their standard errors (none for the
   * best itself).
   */
  elpd: string;
  se: string;
  difference: string;
  se_difference: string;
  p_loo: string;
  /** Rows of the data whose Pareto k-hat is above 0.7. */
  high_k: number;
  reliable: boolean;
  /** The difference with two standard errors either side, and no difference, as places from 0 to 1. */
  mark: { from: number; at: number; to: number; zero: number };
}

export interface FitComparison {
  /** "computing" | "done" | "failed" */
  stage: string;
  /** One sentence on how it stands. */
  message: string;
  /** Best first; those of the comparison before, while one is computed. */
  rows: ComparisonRow[];
  /** What the rows say, in plain words. */
  sentences: string[];
  /** Why fits of the history are not among the rows. */
  left_out: string[];
}

/** The history of fits, oldest first. */
export interface FitList {
  fits: FitEntry[];
  /** Request that keeps the live posterior on screen; null when there is none to keep. */
  keep: Request | null;
  /** The fit that was removed last, with the request that puts it back. */
  restore: { name: string; request: Request } | null;
  /** Request that compares the fits in the background; null when there are fewer than two. */
  compare: Request | null;
  comparison: FitComparison | null;
}

export type Request = { type: string; [key: string]: unknown };
/* Requests: {type:"edit", edit: NAME, …} with edit one of set-response{value}, set-family{value},
 * set-intercept{on}, add-term{value}, remove-term{term},
 * set-centring{term, value:"none"|"grand-mean"|"within:FACTOR"|"within-and-mean:FACTOR", skip_missing?},
 * add-group{value}, remove-group{group},
 * set-factor{group,value}, set-group-intercept{group,on}, set-slope{group,term,on},
 * set-correlated{group,value:"|"|"||"}, preset{name}; {type:"formula", text}; {type:"undo"}; {type:"redo"};
 * {type:"fit"}; {type:"cancel"}; {type:"vocabulary", value}; {type:"charts", names:[…]} (those on the open tab: this report gets what it still
 * lacks of them, and the next ones bring them); {type:"history", action: NAME, …} with action one of keep,
 * rename{fit,name}, recall{fit}, remove{fit}, restore, compare (fit is a FitEntry's number); {type:"page", chart, page | groups} (other groups in
 * that chart); {type:"copy", what:"formula"|"latex:STYLE"[":priors"][":values"]|a value of View.code|"chart:"+Chart.name} → Reply {type:"copy", what, text};
 * {type:"alive"} asks for nothing: it cannot be sent to a kernel that is gone;
 * {type:"ahead", request} when the button of an edit, of undo or redo is pressed → Reply {type:"ahead", …}, if it can be done. */

/** A text that was asked for, or the view that a pressed button is going to bring: what follows the one of version `after`. */
export type Reply =
  | { type: "copy"; what: string; text: string }
  | { type: "ahead"; request: Request; after: number; view: View };

/** Vega config of both themes; colours live in Python's charts/theme.py. */
export interface Themes {
  light: Record<string, unknown>;
  dark: Record<string, unknown>;
}

/** A fit as a page of its own (`page.py`): what the traits would be, and every text that could be asked for. */
export interface Recorded {
  about: About;
  /** The view of the fit's model: all of it but the controls. */
  view: {
    formula: string;
    pieces: FormulaPiece[];
    notations: Notation[];
    priors: Record<string, string> | null;
    words: Fragment[][];
    problems: Problem[];
    glossary: Record<string, string>;
    code: Choice[];
  };
  report: Report;
  themes: Themes;
  /** `what` of a copy request → text. */
  texts: Record<string, string>;
}

/** The heading of a page. */
export interface About {
  title: string;
  facts: { label: string; text: string }[];
}
