/**
 * Bundles the widget into `mlmwidget/static/`: one module and one style sheet, nothing fetched at run time.
 * `--watch` rebuilds on every change.
 */
import { readFile } from "node:fs/promises";
import { build, context } from "esbuild";

/** KaTeX's `@font-face` rules go: `src/fonts.ts` registers the fonts, which a shadow root needs anyway. */
const withoutFontFaces = {
  name: "without-font-faces",
  setup(bundle) {
    bundle.onLoad({ filter: /katex\.css$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/@font-face\s*\{[^}]*\}/g, ""),
      loader: "css",
    }));
  },
};

const options = {
  entryPoints: [{ in: "src/index.ts", out: "widget" }],
  outdir: "../mlmwidget/static",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  loader: { ".woff2": "base64" },
  plugins: [withoutFontFaces],
  logLevel: "info",
};

if (process.argv[2] === "--watch") {
  await (await context(options)).watch();
} else {
  await build(options);
}
