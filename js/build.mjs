/**
 * Bundles the widget into `mlmwidget/static/`: one module and one style sheet, nothing fetched at run time.
 * `--watch` rebuilds on every change; `--dev FOLDER` builds the page that shows it without Jupyter.
 */
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
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

const [mode, folder] = process.argv.slice(2);
if (mode === "--watch") {
  await (await context(options)).watch();
} else if (mode === "--dev" && folder) {
  await build({ ...options, entryPoints: ["dev/page.ts"], outdir: folder, logLevel: "error" });
  await copyFile("dev/index.html", join(folder, "index.html"));
} else {
  await build(options);
}
