#!/usr/bin/env node
import { run } from './run';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has seen enough (`| head`): there is nobody left to write to.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

void run(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  readStdin: async () => {
    const pieces: Buffer[] = [];
    for await (const piece of process.stdin) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  },
  interactive: process.stderr.isTTY,
  onInterrupt: (callback) => {
    // Heard once: the next interruption ends the process as usual.
    process.once('SIGINT', callback);
    return () => process.removeListener('SIGINT', callback);
  },
}).then((code) => {
  // Not `exit`, which would cut off what is still being written to a pipe.
  process.exitCode = code;
});
