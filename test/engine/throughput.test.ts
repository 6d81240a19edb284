import { describe, expect, test } from 'vitest';
import { ThroughputMeter } from '../../src/engine/throughput.js';

describe('throughput', () => {
  test('is what came in the last five seconds', () => {
    const meter = new ThroughputMeter();
    for (let second = 0; second <= 20; second += 1) meter.add(second * 100, second * 1_000);

    const rates = [20_000, 22_500, 40_000].map((atMs) => meter.at(atMs).tokensPerSecond);
    expect(rates).toEqual([100, 60, 0]);
  });

  test('counts the first report as new', () => {
    const meter = new ThroughputMeter();
    meter.add(1_000, 60_000);

    expect(meter.at(60_000).tokensPerSecond).toBe(200);
  });

  test('counts nothing that was used before it began', () => {
    const meter = new ThroughputMeter();
    meter.begin(50_000);
    meter.add(50_000, 60_000);
    expect(meter.at(60_000).tokensPerSecond).toBe(0);

    meter.add(51_000, 61_000);
    expect(meter.at(61_000)).toMatchObject({ tokensPerSecond: 200, samples: expect.arrayContaining([91]) });
  });

  test('does not lose a burst of many small reports', () => {
    const meter = new ThroughputMeter();
    for (let report = 1; report <= 1_000; report += 1) meter.add(report, 10_000 + report);

    expect(meter.at(11_000).tokensPerSecond).toBe(200);
  });

  test('is kept over ten minutes, in stretches of 25 seconds', () => {
    const meter = new ThroughputMeter();
    meter.add(2_500, 25_000);
    meter.add(5_000, 100_000);

    const { samples, sampleMs } = meter.at(100_000);
    expect(sampleMs).toBe(25_000);
    expect(samples).toHaveLength(24);
    expect(samples.slice(-4)).toEqual([100, 0, 0, 2_500]);
    expect(meter.at(25_000 + 24 * 25_000).samples.at(0)).toBe(0);
  });
});
