/** Gives the tests of the surrounding `describe` a cache of their own instead of the user's. */
export function ownCache(folder: () => string): void {
  ownEnvironment(() => ({ DRAFTSCOPE_CACHE: folder() }));
}

/** Sets environment variables for each test of the surrounding `describe`; undefined takes one away. */
export function ownEnvironment(values: () => Readonly<Record<string, string | undefined>>): void {
  let before: [string, string | undefined][] = [];
  const set = (entries: readonly (readonly [string, string | undefined])[]) => {
    for (const [name, value] of entries) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  beforeEach(() => {
    const entries = Object.entries(values());
    before = entries.map(([name]) => [name, process.env[name]]);
    set(entries);
  });
  afterEach(() => set(before));
}
