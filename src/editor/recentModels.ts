import type { Memento } from 'vscode';

const KEY = 'recentModels';
const KEPT = 8;

/** The models that were chosen last, newest first, without the default one. */
export class RecentModels {
  constructor(private readonly memory: Memento) {}

  get list(): readonly string[] {
    return this.memory.get<readonly string[]>(KEY, []);
  }

  async add(model: string): Promise<void> {
    const others = this.list.filter((other) => other !== model);
    await this.memory.update(KEY, [model, ...others].slice(0, KEPT));
  }
}
