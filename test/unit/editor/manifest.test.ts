import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { drafterChoices } from '../../../src/editor/drafterChoices';
import {
  BUSY_CONTEXT,
  COMMANDS,
  GENERATION_VIEW,
  MARKED_CONTEXT,
  TRACE_EDITOR,
} from '../../../src/editor/ids';
import { checkSettings, SECTION, SETTING_NAMES, settingsSchema } from '../../../src/editor/settingsSchema';
import { drafters } from '../../../src/engine/drafters/catalogue';
import { TRACE_SUFFIX } from '../../../src/trace/schema';
import { manifestIn } from '../../support/manifest';

interface Property {
  readonly type: string;
  readonly default: unknown;
  readonly scope: string;
  readonly markdownDescription: string;
  readonly enum?: readonly string[];
  readonly enumItemLabels?: readonly string[];
  readonly enumDescriptions?: readonly string[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

type Properties = Readonly<Record<string, Property>>;

const manifest = manifestIn('en');
const { contributes, capabilities } = manifest;
const properties = new Map<string, Property>(
  contributes.configuration.flatMap((group) => Object.entries(group.properties as unknown as Properties)),
);
const menuCommands = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
const everyWhen = [
  ...Object.values(contributes.menus).flatMap((items) => items.map(({ when }) => when)),
  ...contributes.keybindings.map(({ when }) => when),
];

describe('package.json', () => {
  it('contributes the commands that the code registers, under Draftscope’s name', () => {
    assert.deepEqual(
      contributes.commands.map(({ command }) => command).sort(),
      Object.values(COMMANDS).sort(),
    );
    for (const { category } of contributes.commands) assert.equal(category, 'Draftscope');
  });

  it('names only its own commands in menus, keybindings and the walkthrough', () => {
    const known = new Set<string>(Object.values(COMMANDS));
    const text = JSON.stringify(contributes.walkthroughs) + JSON.stringify(contributes.configuration);
    const linked = [...text.matchAll(/command:([\w.]+)/gi)].map(([, command]) => command);
    const bound = contributes.keybindings.map(({ command }) => command);
    for (const command of [...menuCommands, ...bound, ...linked]) assert.ok(known.has(command), command);
    assert.ok(linked.length >= 3);
  });

  it('uses the context key and the ids that the code sets', () => {
    const keys = everyWhen.join(' ').match(/draftscope\.\w+/g) ?? [];
    const ours = [BUSY_CONTEXT, MARKED_CONTEXT, GENERATION_VIEW, TRACE_EDITOR];
    for (const key of keys) assert.ok(ours.includes(key), key);
    assert.deepEqual(
      contributes.views.draftscope.map(({ id }) => id),
      [GENERATION_VIEW],
    );
    assert.deepEqual(
      contributes.customEditors.map(({ viewType, selector }) => [viewType, selector[0].filenamePattern]),
      [[TRACE_EDITOR, `*${TRACE_SUFFIX}`]],
    );
  });

  it('points at files that exist', () => {
    const files = [
      manifest.icon,
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
      ...contributes.views.draftscope.map(({ icon }) => icon),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.markdown)),
    ];
    for (const file of files) assert.ok(existsSync(file), file);
  });

  it('offers the engine’s drafters', () => {
    assert.deepEqual(
      drafterChoices(manifest),
      drafters.map(({ description: { id, name, summary } }) => ({ id, name, summary })),
    );
  });
});

describe('the settings in package.json', () => {
  it('are the ones that the code reads', () => {
    assert.deepEqual([...properties.keys()].sort(), SETTING_NAMES.map((name) => `${SECTION}.${name}`).sort());
  });

  it('are valid by default', () => {
    const ids = drafters.map(({ description }) => description.id);
    checkSettings((name) => properties.get(`${SECTION}.${name}`)?.default, ids);
  });

  it('explain themselves, each choice too', () => {
    for (const [name, property] of properties) {
      assert.match(property.markdownDescription, /[.)]$/, name);
      assert.equal(property.enumDescriptions?.length, property.enum?.length, name);
      assert.equal(property.enumItemLabels?.length, property.enum?.length, name);
    }
  });

  const ranges = SETTING_NAMES.flatMap((name) => {
    const property = properties.get(`${SECTION}.${name}`);
    return property?.type === 'number' || property?.type === 'integer' ? [{ name, property }] : [];
  });
  for (const { name, property } of ranges) {
    it(`give ${name} the range that the engine accepts`, () => {
      const accepts = (value: number) => settingsSchema.shape[name].safeParse(value).success;
      const { minimum, exclusiveMinimum, maximum, type } = property;
      const step = type === 'integer' ? 1 : 0.001;
      assert.ok((minimum ?? exclusiveMinimum) !== undefined);
      if (minimum !== undefined) assert.deepEqual([accepts(minimum), accepts(minimum - step)], [true, false]);
      if (exclusiveMinimum !== undefined) {
        assert.deepEqual([accepts(exclusiveMinimum + step), accepts(exclusiveMinimum)], [true, false]);
      }
      if (maximum !== undefined) assert.deepEqual([accepts(maximum), accepts(maximum + step)], [true, false]);
      else assert.ok(accepts(1e6));
    });
  }

  it('offer the choices that the code knows', () => {
    for (const name of ['weights', 'acceptance', 'promptFormat', 'output'] as const) {
      const offered = properties.get(`${SECTION}.${name}`)?.enum ?? [];
      assert.deepEqual([...offered].sort(), [...settingsSchema.shape[name].options].sort());
    }
  });

  it('do not let an untrusted workspace say which model runs or where files are written', () => {
    const { restrictedConfigurations } = capabilities.untrustedWorkspaces;
    const overridable = [...properties].filter(([, { scope }]) => scope === 'machine-overridable');
    assert.deepEqual(overridable.map(([name]) => name).sort(), [...restrictedConfigurations].sort());
  });
});
