/** What Python might send in a test: the sleepstudy model as a few switches, with views and reports of its form. */
import type {
  Choice,
  Form,
  FormulaPiece,
  Fragment,
  Notation,
  Preset,
  Report,
  Status,
  View,
} from "../protocol";
import { charts } from "./charts";

export interface Switches {
  predictor: boolean;
  intercept: boolean;
  slope: boolean;
  bar: "|" | "||";
}

export const CORRELATED: Switches = { predictor: true, intercept: true, slope: true, bar: "|" };

const choice = (value: string, label: string, remark: string, reason: string | null = null): Choice => ({
  value,
  label,
  remark,
  reason,
});

const edit = (name: string, fields: object = {}) => ({ type: "edit", edit: name, ...fields });

function groupText({ intercept, slope, bar }: Switches): string {
  const terms = slope ? (intercept ? `1 + Days ${bar} Subject` : "0 + Days | Subject") : "1 | Subject";
  return `(${terms})`;
}

export function formula(model: Switches): string {
  return `Reaction ~ ${model.predictor ? "Days" : "1"} + ${groupText(model)}`;
}

function pieces(model: Switches): FormulaPiece[] {
  const { predictor, intercept, slope, bar } = model;
  const plain = (text: string): FormulaPiece => ({ text, part: null });
  const group = (text: string, part = "group-0"): FormulaPiece => ({ text, part });
  return [
    { text: "Reaction", part: "response" },
    plain(" ~ "),
    predictor ? { text: "Days", part: "term-0" } : { text: "1", part: "intercept" },
    plain(" + "),
    group("("),
    group(intercept ? "1" : "0", "group-0-intercept"),
    ...(slope ? [group(" + "), group("Days", "group-0-term-0")] : []),
    group(` ${intercept && slope ? bar : "|"} `, intercept && slope ? "group-0-cor" : "group-0"),
    group("Subject"),
    group(")"),
  ];
}

const data = (part: string, latex: string) => `\\htmlData{part=${part}}{${latex}}`;

const offered = (part: string, latex: string) => ` \\htmlData{part=${part}, absent=yes}{{} + ${latex}}`;

function notation({ predictor, intercept, slope, bar }: Switches): Notation {
  const mu0 = data("group-0-intercept", "\\mu_{0j}");
  const mu1 = data("group-0-term-0", "\\mu_{1j}");
  const tau0 = data("group-0-intercept", "\\tau_{0}^2");
  const tau1 = data("group-0-term-0", "\\tau_{1}^2");
  const cell = data("group-0-cor", bar === "|" ? "\\rho\\tau_0\\tau_1" : "0");
  const x = data("term-0", "\\mathrm{Days}_{ij}");
  const level1 = [
    `${data("response", "\\mathrm{Reaction}_{ij}")} &= ${data("intercept", "\\alpha_{j}")}${
      predictor ? ` + ${data("term-0", "\\beta_{1j}")}\\,${x}` : ""
    } + ${data("sigma", "\\epsilon_{ij}")}`,
    `${data("sigma", "\\epsilon_{ij}")} &\\sim \\mathcal{N}\\left(0,\\ ${data("sigma", "\\sigma^2")}\\right)`,
  ];
  const level2 = (offers: boolean) => [
    `${data("intercept", "\\alpha_{j}")} &= ${data("intercept", "\\gamma_{00}")}${
      intercept ? ` + ${mu0}` : offers ? offered("group-0-intercept", "\\mu_{0j}") : ""
    }`,
    ...(predictor
      ? [
          `${data("term-0", "\\beta_{1j}")} &= ${data("term-0", "\\gamma_{10}")}${
            slope ? ` + ${mu1}` : offers ? offered("group-0-absent-0", "\\mu_{1j}") : ""
          }`,
        ]
      : []),
  ];
  const both = `\\begin{pmatrix} ${mu0} \\\\ ${mu1} \\end{pmatrix} &\\sim \\mathcal{N}\\left(0,\\ \\begin{pmatrix} ${tau0} & ${cell} \\\\ & ${tau1} \\end{pmatrix}\\right)`;
  const one = intercept
    ? `${mu0} &\\sim \\mathcal{N}(0,\\ ${tau0})`
    : `${mu1} &\\sim \\mathcal{N}(0,\\ ${tau1})`;
  const aligned = (lines: string[]) => `\\begin{aligned} ${lines.join(" \\\\ ")} \\end{aligned}`;
  const lines = [aligned(level2(true)), aligned(level2(false))] as const;
  return {
    name: "levels",
    label: "Level by level",
    equations: [
      { title: "Level 1, observations i in Subject j", latex: aligned(level1), plain: null },
      { title: "Level 2, Subject j", latex: lines[0], plain: lines[0] === lines[1] ? null : lines[1] },
      { title: "Between Subjects", latex: aligned([intercept && slope ? both : one]), plain: null },
    ],
  };
}

const PRESETS: [name: string, label: string, model: Switches][] = [
  ["varying-intercept", "Varying intercept", { predictor: false, intercept: true, slope: false, bar: "|" }],
  [
    "varying-intercept-predictor",
    "Varying intercept, with a predictor",
    { predictor: true, intercept: true, slope: false, bar: "|" },
  ],
  ["varying-slope", "Varying slope", { predictor: true, intercept: false, slope: true, bar: "|" }],
  ["correlated", "Varying intercept and slope, correlated", CORRELATED],
  ["uncorrelated", "Varying intercept and slope, uncorrelated", { ...CORRELATED, bar: "||" }],
];

export const PRESET_MODELS = new Map(PRESETS.map(([name, , model]) => [name, model]));

function presets(model: Switches): Preset[] {
  return PRESETS.map(([name, label, other]) => ({
    name,
    label,
    formula: formula(other),
    active: formula(other) === formula(model),
    reason: null,
    request: edit("preset", { name }),
  }));
}

function form(model: Switches): Form {
  const last = "Something has to vary between the groups of Subject; remove the grouping variable instead.";
  const factors = [
    choice("Subject", "Subject", "18 groups of 10"),
    choice("Days", "Days", "10 groups of 18", "It is in the model already."),
  ];
  return {
    presets: presets(model),
    response: {
      value: "Reaction",
      choices: [choice("Reaction", "Reaction", "number"), choice("Days", "Days", "whole number")],
      request: edit("set-response"),
    },
    family: {
      value: "gaussian",
      choices: [choice("gaussian", "Gaussian", "identity"), choice("student", "Student-t", "identity")],
      request: edit("set-family"),
    },
    family_hint: null,
    population: { legend: "Population level", also: "Fixed effects" },
    group: { legend: "Group level", also: "Random effects" },
    intercept: {
      label: "Population intercept",
      on: true,
      reason: null,
      request: edit("set-intercept"),
      part: "intercept",
    },
    terms: model.predictor
      ? [
          {
            label: "Days",
            title: "Days",
            remark: "varies within Subject",
            part: "term-0",
            remove: edit("remove-term", { term: "Days" }),
            needed: null,
            centring: null,
            interact: null,
          },
        ]
      : [],
    add_term: {
      value: null,
      choices: [
        choice("Days", "Days", "whole number", model.predictor ? "It is in the model already." : null),
      ],
      request: edit("add-term"),
    },
    groups: [
      {
        part: "group-0",
        factor: { value: "Subject", choices: factors, request: edit("set-factor", { group: "Subject" }) },
        remark: "18 groups of 10",
        intercept: {
          label: "Intercept varies",
          on: model.intercept,
          reason: model.intercept && !model.slope ? last : null,
          request: edit("set-group-intercept", { group: "Subject" }),
          part: "group-0-intercept",
        },
        slopes: model.predictor
          ? [
              {
                label: "Slope of Days varies",
                on: model.slope,
                reason: model.slope && !model.intercept ? last : null,
                request: edit("set-slope", { group: "Subject", term: "Days" }),
                part: model.slope ? "group-0-term-0" : "group-0-absent-0",
              },
            ]
          : [],
        correlated:
          model.intercept && model.slope
            ? {
                value: model.bar,
                choices: [
                  choice("|", "Correlated", "Make correlated, |"),
                  choice("||", "Uncorrelated", "Make uncorrelated, ||"),
                ],
                part: "group-0-cor",
                request: edit("set-correlated", { group: "Subject" }),
              }
            : null,
        facts: ["18 Subjects with 10 rows each."],
        remove: edit("remove-group", { group: "Subject" }),
      },
    ],
    add_group: { value: null, choices: factors.slice(1), request: edit("add-group") },
    undo: { type: "undo" },
    redo: null,
  };
}

function words({ predictor, intercept, slope, bar }: Switches): Fragment[] {
  const own = [intercept && "its own intercept", slope && "its own slope of Days"]
    .filter(Boolean)
    .join(" and ");
  return [
    {
      text: predictor ? "Reaction changes with Days in a straight line." : "Reaction has one mean.",
      part: predictor ? "term-0" : "intercept",
    },
    { text: `Each Subject has ${own}.`, part: intercept ? "group-0-intercept" : "group-0-term-0" },
    ...(intercept && slope
      ? [
          {
            text:
              bar === "|"
                ? "The two may go together: a Subject with a high intercept may have a steeper or a flatter slope."
                : "The two are taken to be unrelated.",
            part: "group-0-cor",
          },
        ]
      : []),
  ];
}

export function view(model: Switches, version = 1, changes: Partial<View> = {}): View {
  return {
    version,
    formula: formula(model),
    pieces: pieces(model),
    form: form(model),
    notations: [notation(model)],
    priors: { levels: "\\gamma_{00} \\sim \\mathcal{N}(298.5, 140.8)" },
    words: words(model).map((fragment) => [fragment]),
    room: null,
    problems: [],
    rows: "180 rows used, none dropped.",
    draft: null,
    can_fit: true,
    vocabulary: {
      value: "population-group",
      choices: [choice("population-group", "population- and group-level effects", "")],
      request: { type: "vocabulary" },
    },
    code: [
      choice("pymc", "PyMC", "Python"),
      choice("lme4", "lme4", "R"),
      choice("bambi", "Bambi", "Python", "Bambi has no uncorrelated effects."),
    ],
    glossary: {
      response: "Reaction: the outcome.",
      intercept: "Population intercept γ₀₀ (fixed effect): the mean of Reaction where Days is 0.",
      "term-0": "Population slope of Days γ₁₀ (fixed effect).",
      "group-0": "Group-level term (random effects): what varies between Subjects.",
      "group-0-intercept":
        "Varying intercept (random intercept): each Subject's deviation μ₀ⱼ, with standard deviation τ₀.",
      "group-0-term-0":
        "Varying slope (random slope) of Days: each Subject's deviation μ₁ⱼ, with standard deviation τ₁.",
      "group-0-cor": "Correlation of the varying intercept and slope.",
      sigma: "Residual standard deviation σ.",
    },
    ...changes,
  };
}

/** A formula that could not be read: the text stays, the last good model too. */
export function wrong(model: Switches, text = "Reaction ~ Days + (1 + Days | Subject"): View {
  const position = text.indexOf("(");
  return view(model, 2, {
    draft: {
      text,
      problem: {
        severity: "error",
        code: "unclosed",
        message: "The bracket “(” is never closed.",
        part: null,
        column: null,
        position,
      },
    },
    problems: [
      {
        severity: "warning",
        code: "few-groups",
        message: "Subject has only 4 groups: the standard deviation between them is hardly known.",
        part: "group-0",
        column: "Subject",
        position: null,
      },
      {
        severity: "note",
        code: "family",
        message: "Reaction holds positive numbers only; a Gaussian model allows negative ones.",
        part: "response",
        column: "Reaction",
        position: null,
      },
    ],
  });
}

export function report(model: Switches, id = 1, changes: Partial<Report> = {}): Report {
  const row = (section: string, parameter: string, label: string, part: string, numbers: string) => {
    const [mean = "", sd = "", lower = "", upper = "", ess_bulk = "", ess_tail = "", r_hat = ""] =
      numbers.split(" ");
    return { section, parameter, label, part, unit: "", mean, sd, lower, upper, ess_bulk, ess_tail, r_hat };
  };
  const group = "Group level: Subject";
  return {
    id,
    formula: formula(model),
    method: "exact",
    live: true,
    headline: "Exact posterior: 4000 draws in 0.12 s.",
    verdict: { severity: "good", text: "The estimates can be used." },
    values: { levels: [{ title: "Level 2, Subject j", latex: "\\alpha_j = 251 + \\mu_{0j}", plain: null }] },
    advice: [],
    columns: [
      { key: "mean", title: "Mean", hint: "Posterior mean" },
      { key: "sd", title: "SD", hint: "Posterior standard deviation" },
    ],
    summary: [
      row(
        "Population level",
        "(Intercept)",
        "Intercept",
        "intercept",
        "251.4 6.9 237.9 265.1 3400 3122 1.00",
      ),
      row("Population level", "Days", "Days", "term-0", "10.47 1.55 7.4 13.6 3290 3011 1.00"),
      row(
        group,
        "sd_(Intercept)|Subject",
        "SD of the intercepts",
        "group-0-intercept",
        "26.8 6.8 15.1 41.9 2900 2870 1.00",
      ),
      row(
        group,
        "sd_Days|Subject",
        "SD of the slopes of Days",
        "group-0-term-0",
        "6.5 1.5 4.1 10.0 2950 2801 1.00",
      ),
      row(
        group,
        "cor_(Intercept).Days|Subject",
        "Correlation",
        "group-0-cor",
        "0.07 0.28 −0.46 0.61 3100 2999 1.00",
      ),
      row("Residual", "sigma", "Residual SD", "sigma", "25.9 1.6 23.1 29.2 3520 3301 1.00"),
    ],
    interval: "95 %",
    words: [
      { text: "On day 0 the mean Reaction is 251 ms (95 % 238 to 265).", part: "intercept" },
      { text: "It rises by 10.5 ms per day (7.4 to 13.6).", part: "term-0" },
      {
        text: "Intercepts vary between Subjects with a standard deviation of about 27 ms.",
        part: "group-0-intercept",
      },
      { text: "Slopes vary with one of about 6.5 ms per day.", part: "group-0-term-0" },
      { text: "The two go together only weakly (ρ = 0.07, −0.46 to 0.61).", part: "group-0-cor" },
    ].map((fragment) => [fragment]),
    charts: charts(),
    ...changes,
  };
}

export const IDLE: Status = {
  stage: "idle",
  running: false,
  run: 0,
  message: "Live: the exact posterior follows every click. Fit samples the same model with PyMC.",
  chains: [],
  seconds: null,
  remaining: null,
};

export const SAMPLING: Status = {
  stage: "sampling",
  running: true,
  run: 1,
  message: "Sampling: 2610 of 6000 draws.",
  chains: [720, 655, 700, 535].map((draws, i) => ({
    draws,
    total: 1500,
    divergences: i === 3 ? 2 : 0,
    tuning: i === 3,
  })),
  seconds: 3.2,
  remaining: 4.1,
};
