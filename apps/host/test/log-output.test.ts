import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLogOutput } from '../src/log-output.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A disk with room for this many bytes. @param trouble the code of the error when there is no room left */
function disk(room: number, trouble = 'ENOSPC') {
  const state = { room, trouble, written: '' };
  const full = () => Object.assign(new Error('no'), { code: state.trouble });
  const put = (bytes: Buffer): number => {
    if (state.room === 0) throw full();
    const taken = bytes.subarray(0, state.room);
    state.room -= taken.length;
    state.written += taken.toString();
    return taken.length;
  };
  return { state, put };
}

function outputOn({ put }: ReturnType<typeof disk>) {
  const told: string[] = [];
  const output = createLogOutput({
    write: put,
    onFailure: (code) => told.push(code),
    onRecovery: (lostLines) => told.push(`lost ${lostLines}`),
  });
  return { output, told };
}

const later = () => void vi.advanceTimersByTime(1000);

it('the log writes each line at once', () => {
  const whole = disk(1000);
  const { output, told } = outputOn(whole);
  output.write('one\n');
  output.write('two\n');
  output.write('three\n');
  expect(whole.state.written).toBe('one\ntwo\nthree\n');
  expect(told).toEqual([]);
});

it('the log goes on in the middle of a line once a full disk has room, and reports failure and recovery once each', () => {
  const full = disk(6);
  const { output, told } = outputOn(full);
  output.write('one\n');
  output.write('two\n');
  later();
  output.write('three\n');
  later();
  expect(full.state.written).toBe('one\ntw');
  expect(told).toEqual(['ENOSPC']);
  full.state.room = 1000;
  later();
  expect(full.state.written).toBe('one\ntwo\nthree\n');
  expect(told).toEqual(['ENOSPC', 'lost 0']);
});

it('the log holds at most a few megabytes of lines that it cannot write, and counts those it loses', () => {
  const full = disk(0);
  const { output, told } = outputOn(full);
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`;
  for (let count = 0; count < 10; count += 1) output.write(line);
  later();
  full.state.room = Number.MAX_SAFE_INTEGER;
  later();
  const lost = 10 - full.state.written.length / line.length;
  expect(lost).toBeGreaterThanOrEqual(5);
  expect(told).toEqual(['ENOSPC', `lost ${lost}`]);
});

it('the log writes nothing more once nobody reads its pipe', () => {
  const closed = disk(0, 'EPIPE');
  const { output, told } = outputOn(closed);
  output.write('one\n');
  later();
  closed.state.room = 1000;
  output.write('two\n');
  output.flush();
  later();
  expect(closed.state.written).toBe('');
  expect(told).toEqual(['EPIPE']);
});

it('the log waits for a slow reader without reporting a failure', () => {
  const slow = disk(0, 'EAGAIN');
  const { output, told } = outputOn(slow);
  output.write('one\n');
  later();
  slow.state.room = 1000;
  later();
  expect(slow.state.written).toBe('one\n');
  expect(told).toEqual([]);
});

it('the log tries to write its last lines when the process ends, but does not wait for a full disk for ever', () => {
  const full = disk(0);
  const { output } = outputOn(full);
  output.write('one\n');
  output.flush();
  expect(full.state.written).toBe('');
  full.state.room = 1000;
  output.flush();
  expect(full.state.written).toBe('one\n');
});
