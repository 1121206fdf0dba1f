import assert from 'node:assert/strict';
import { eagleTreeShape } from '../../../src/decoding/eagleTree';

/** The ranks down to each node. */
function pathsOf(limits: { nodes: number; depth: number }): string[] {
  const { parent, rank, depth } = eagleTreeShape(limits);
  const paths: string[] = [];
  parent.forEach((above, node) => {
    assert.ok(above < node);
    paths.push(`${above < 0 ? '' : paths[above]}${rank[node]}`);
    assert.equal(depth[node], paths[node].length);
  });
  return paths;
}

describe('the static tree of EAGLE-1', () => {
  it('is the published one, and no larger under a larger budget', () => {
    const paths = pathsOf({ nodes: 25, depth: 5 });
    const ofDepth = (depth: number) => paths.filter(({ length }) => length === depth).join(' ');
    assert.equal(ofDepth(1), '0 1 2 3');
    assert.equal(ofDepth(2), '00 01 02 10 11 20 21 30');
    assert.equal(ofDepth(3), '000 001 002 010 011 020 021 100');
    assert.equal(ofDepth(4), '0000 0001 0002');
    assert.equal(ofDepth(5), '00000 00001');
    assert.deepEqual(pathsOf({ nodes: 64, depth: 64 }), paths);
  });

  it('keeps under a smaller budget the nodes nearest to the root and the most probable path', () => {
    assert.deepEqual(pathsOf({ nodes: 4, depth: 8 }), ['0', '1', '00', '000']);
    assert.deepEqual(pathsOf({ nodes: 8, depth: 8 }), ['0', '1', '2', '00', '01', '10', '000', '0000']);
    assert.deepEqual(pathsOf({ nodes: 5, depth: 1 }), ['0', '1', '2', '3']);
    assert.deepEqual(pathsOf({ nodes: 0, depth: 4 }), []);
    assert.deepEqual(pathsOf({ nodes: 4, depth: 0 }), []);
  });
});
