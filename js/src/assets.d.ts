/** esbuild gives a font as base64 text. */
declare module "*.woff2" {
  const base64: string;
  export default base64;
}
declare module "*.css";
