import assert from 'node:assert/strict';
import { mappedBytes, parseStatus } from '../../../bench/processMemory';

const STATUS = `Name:\tnode
VmPeak:\t 1172036 kB
VmHWM:\t  392132 kB
VmRSS:\t  345108 kB
RssAnon:\t  295564 kB
RssFile:\t   49544 kB
RssShmem:\t       0 kB
`;

const SMAPS = `7f00a0000000-7f00a2000000 r--s 00001000 fe:00 1234                      /cache/a b/weights.bin
Size:              32768 kB
Rss:                1200 kB
Pss:                1200 kB
7f00a2000000-7f00a3000000 r--s 02001000 fe:00 1234                      /cache/a b/weights.bin
Rss:                  34 kB
7f00a4000000-7f00a5000000 rw-p 00000000 00:00 0
Rss:                9999 kB
7f00a6000000-7f00a7000000 r--p 00000000 fe:00 77                        /cache/a b/weights.bin.old
Rss:                 555 kB
`;

describe('memory of a process', () => {
  it('is read from its status', () => {
    assert.deepEqual(parseStatus(STATUS), {
      peak: 392132 * 1024,
      resident: 345108 * 1024,
      anonymous: 295564 * 1024,
    });
    assert.throws(() => parseStatus('Name:\tnode\n'), /no VmHWM/);
  });

  it('counts what is resident of one file, over all its mappings', () => {
    assert.equal(mappedBytes(SMAPS, '/cache/a b/weights.bin'), (1200 + 34) * 1024);
    assert.equal(mappedBytes(SMAPS, '/cache/other.bin'), 0);
  });
});
