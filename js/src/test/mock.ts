/** anywidget's model in a test: keeps what was sent, and says what the test lets Python say. */
import type { Request } from "../protocol";
import type { Model } from "../state";

export class MockModel implements Model {
  readonly sent: Request[] = [];
  #traits: Record<string, unknown>;
  #listeners = new Map<string, Set<(...args: unknown[]) => void>>();

  constructor(traits: Record<string, unknown>) {
    this.#traits = traits;
  }
  get(name: string): unknown {
    return this.#traits[name];
  }
  set(name: string, value: unknown): void {
    this.#traits[name] = value;
    this.emit(`change:${name}`);
  }
  emit(event: string, ...args: unknown[]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(...args);
  }
  on(event: string, callback: (...args: unknown[]) => void): void {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(callback));
  }
  off(event: string, callback: (...args: unknown[]) => void): void {
    this.#listeners.get(event)?.delete(callback);
  }
  get listenerCount(): number {
    return [...this.#listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
  send(content: unknown): void {
    this.sent.push(content as Request);
  }
}
