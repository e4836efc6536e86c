import { isolated } from "../bidi";
import { useId } from "../ids";
import type { Toggle as ToggleState } from "../protocol";
import { useWidget } from "../state";

/** A switch. One that cannot be used stays reachable, so that its reason can be read. */
export function Toggle({ toggle }: { toggle: ToggleState }) {
  const { asking } = useWidget();
  const reasonId = useId();
  const blocked = toggle.reason !== null;
  return (
    <div class="mlm-toggle" data-part={toggle.part ?? undefined}>
      <button
        type="button"
        role="switch"
        aria-checked={toggle.on}
        aria-disabled={blocked}
        aria-describedby={blocked ? reasonId : undefined}
        {...asking(blocked ? null : { ...toggle.request, on: !toggle.on })}
      >
        <span class="mlm-toggle-label" title={toggle.label}>
          {isolated(toggle.label)}
        </span>
        <span class="mlm-switch" aria-hidden="true" />
      </button>
      {blocked && (
        <p id={reasonId} class="mlm-reason">
          {isolated(toggle.reason ?? "")}
        </p>
      )}
    </div>
  );
}
