import { show } from "./mock";

const asked = new URLSearchParams(location.search);
document.body.dataset.jpThemeLight = String(asked.get("theme") !== "dark");
const el = document.querySelector<HTMLElement>("#widget");
if (el) Object.assign(window, { model: show(el, asked.get("state") ?? "fitted") });
