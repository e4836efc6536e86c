/** Charts of the kind that Python sends, over the sleepstudy estimates of R's lme4. */
import type { Chart } from "../protocol";
import groups from "./sleepstudy.json";

const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.4.1.json";
const POPULATION: number[] = [251.4, 10.47];
const DAYS = [0, 9];

const GROUP = { name: "group", select: { type: "point", fields: ["level"], toggle: "true" } };
const DIM = { condition: { param: "group", value: 1 }, value: 0.25 };
const q = (field: string, title: string | null, scale: object = { zero: false }) => ({
  field,
  type: "quantitative",
  title,
  scale,
});

const bySteepness = [...groups].sort((a, b) => (b.partial[1] as number) - (a.partial[1] as number));

function pooling(): Chart {
  const rows = bySteepness.flatMap(({ level, y, none, partial }) => [
    ...y.map((value, day) => ({ level, kind: "data", x: day, y: value })),
    ...Object.entries({
      "no pooling": none,
      "complete pooling": POPULATION,
      "partial pooling": partial,
    }).flatMap(([kind, [a = 0, b = 0]]) => DAYS.map((x) => ({ level, kind, x, y: a + b * x }))),
  ]);
  return {
    name: "pooling",
    tab: "Pooling",
    title: "Reaction (ms) by Days, a panel per Subject, steepest first",
    description: "18 panels. The slope under partial pooling goes from −0.3 to 19.7 ms per day.",
    note: null,
    data: { rows },
    spec: {
      $schema: SCHEMA,
      data: { name: "rows" },
      facet: { field: "level", type: "nominal", sort: bySteepness.map((g) => g.level), title: null },
      columns: 6,
      spacing: 14,
      spec: {
        width: 84,
        height: 84,
        layer: [
          {
            params: [GROUP],
            transform: [{ filter: "datum.kind === 'data'" }],
            mark: { type: "circle", size: 14, color: "#888" },
            encoding: { x: q("x", "Days"), y: q("y", "Reaction (ms)"), opacity: DIM },
          },
          {
            transform: [{ filter: "datum.kind !== 'data'" }],
            mark: { type: "line", strokeWidth: 1.6 },
            encoding: {
              x: q("x", "Days"),
              y: q("y", "Reaction (ms)"),
              color: {
                field: "kind",
                title: null,
                legend: { orient: "top" },
                scale: {
                  domain: ["no pooling", "complete pooling", "partial pooling"],
                  range: ["#e8590c", "#888", "#3b5bdb"],
                },
              },
              strokeDash: { field: "kind", title: null },
            },
          },
        ],
      },
    },
  };
}

function shrinkage(): Chart {
  const arrows = groups.map(({ level, none, partial }) => ({
    level,
    x: none[0],
    y: none[1],
    to_x: partial[0],
    to_y: partial[1],
  }));
  return {
    name: "shrinkage",
    tab: "Pooling",
    title: "Shrinkage towards the population",
    description: "An arrow per Subject from its own estimate to that under partial pooling.",
    note: null,
    data: { arrows },
    spec: {
      $schema: SCHEMA,
      data: { name: "arrows" },
      params: [
        {
          name: "pool",
          value: 1,
          bind: { input: "range", name: "Pooling: from none to complete", min: 0, max: 1, step: 0.01 },
        },
      ],
      transform: [
        { calculate: "datum.x + pool * (datum.to_x - datum.x)", as: "x2" },
        { calculate: "datum.y + pool * (datum.to_y - datum.y)", as: "y2" },
      ],
      width: "container",
      height: 340,
      layer: [
        {
          mark: { type: "rule", color: "#999" },
          encoding: {
            x: q("x", "intercept (ms)"),
            y: q("y", "slope (ms per day)"),
            x2: { field: "x2" },
            y2: { field: "y2" },
          },
        },
        {
          mark: { type: "point", color: "#e8590c" },
          encoding: { x: q("x", null), y: q("y", null), opacity: DIM },
        },
        {
          params: [GROUP],
          mark: { type: "circle", size: 60, tooltip: true },
          encoding: {
            x: q("x2", null),
            y: q("y2", null),
            opacity: DIM,
            tooltip: [
              { field: "level", title: "Subject" },
              { field: "x2", title: "intercept", format: ".1f" },
            ],
          },
        },
      ],
    },
  };
}

function caterpillar(): Chart {
  const effects = groups.flatMap(({ level, partial, sd }) =>
    ["intercept (ms)", "slope of Days (ms per day)"].map((term, i) => {
      const mean = (partial[i] as number) - (POPULATION[i] as number);
      const width = 1.96 * (sd[i] as number);
      return { level, term, mean, lower: mean - width, upper: mean + width };
    }),
  );
  return {
    name: "caterpillar",
    tab: "Group effects",
    title: "Deviation of each Subject from the population",
    description: "Subject 308 has the steepest slope, 335 the flattest.",
    note: "Deviations, not totals: 0 is the population.",
    data: { effects },
    spec: {
      $schema: SCHEMA,
      data: { name: "effects" },
      facet: { column: { field: "term", type: "nominal", title: null } },
      resolve: { scale: { x: "independent" } },
      spec: {
        width: 300,
        height: 320,
        encoding: {
          y: { field: "level", type: "nominal", title: "Subject", sort: { field: "mean" } },
          opacity: DIM,
        },
        layer: [
          { mark: "rule", encoding: { x: q("lower", "deviation"), x2: { field: "upper" } } },
          { params: [GROUP], mark: { type: "circle", size: 50 }, encoding: { x: q("mean", "deviation") } },
        ],
      },
    },
  };
}

function population(): Chart {
  const rows = groups.flatMap(({ level, y }) => y.map((value, x) => ({ level, x, y: value })));
  return {
    name: "population",
    tab: "Population",
    title: "Reaction (ms) by Days in the population",
    description: "The population line rises from 251 to 346 ms.",
    note: null,
    data: { rows },
    spec: {
      $schema: SCHEMA,
      data: { name: "rows" },
      width: "container",
      height: 340,
      params: [GROUP],
      mark: { type: "line", point: true, strokeWidth: 1 },
      encoding: { x: q("x", "Days"), y: q("y", "Reaction (ms)"), detail: { field: "level" }, opacity: DIM },
    },
  };
}

export function charts(): Chart[] {
  return [
    pooling(),
    shrinkage(),
    caterpillar(),
    population(),
    {
      ...population(),
      name: "sampler",
      tab: "Sampler",
      title: "Traces",
      spec: {},
      data: {},
      note: "Traces need a PyMC fit.",
    },
  ];
}
