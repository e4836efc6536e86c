import { expect, test } from "vitest";
import lock from "../../package-lock.json";

interface Entry {
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}
const packages = Object.entries(lock.packages as Record<string, Entry>);

test("the lock file names no registry", () => {
  expect(packages.filter(([, { resolved }]) => resolved).map(([path]) => path)).toEqual([]);
});

test("the lock file knows the packages of every platform, without which npm ci refuses to work", () => {
  // A registry that mirrors one platform only makes npm leave the others out.
  const known = new Set(packages.map(([path]) => path));
  const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !known.has(`node_modules/${name}`) && !known.has(`${path}/node_modules/${name}`),
    ),
  );
  expect(missing).toEqual([]);
});
