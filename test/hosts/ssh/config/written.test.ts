import { describe, expect, test } from 'vitest';
import { destinationProblem, writtenDestination } from '../../../../src/domain/ssh-destination.js';

describe('a destination as it is written', () => {
  test.each([
    ['build-1', null, 'build-1', null],
    ['user@10.0.0.7:2222', 'user', '10.0.0.7', 2_222],
    ['[::1]:2200', null, '::1', 2_200],
    ['ci@[fe80::1%eth0]:2200', 'ci', 'fe80::1%eth0', 2_200],
    ['[::1]', null, '::1', null],
    ['::1', null, '::1', null],
    ['::1:2200', null, '::1:2200', null],
    ['ci@2001:db8::7', 'ci', '2001:db8::7', null],
    ['build_1.lab:22', null, 'build_1.lab', 22],
    ['first.last@corp@build-1', 'first.last@corp', 'build-1', null],
    ['ssh://ci@build-1:2222', 'ci', 'build-1', 2_222],
    ['ssh://build-1/', null, 'build-1', null],
  ])('%s is taken apart as by the reference', (written, user, host, port) => {
    expect(writtenDestination(written)).toEqual({ user, host, port });
    expect(destinationProblem(written)).toBeNull();
  });

  test.each([
    ['', /empty/],
    ['  ', /empty/],
    ['-oProxyCommand=id', /"-"/],
    ['ci@-oProxyCommand=id', /"-"/],
    ['build 1', /blanks/],
    ['build-1\n', /control characters/],
    ['build\u00071', /control characters/],
    ['build-1:', /port/],
    ['build-1:ssh', /port/],
    ['build-1:0', /port/],
    ['[::1]:65536', /port/],
    ['@build-1', /user/],
    ['ci@', /name of the machine/],
    [':22', /name of the machine/],
    ['[::1', /cannot be read/],
    ['$(id)', /shell/],
    ['build-1;id', /shell/],
    ['local', /localhost/],
  ])('%j is refused, with the mend', (written, says) => {
    expect(destinationProblem(written)).toMatch(says);
  });
});
