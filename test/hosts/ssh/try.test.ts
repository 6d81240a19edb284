import { test } from 'vitest';
import { spawnSync, spawn } from 'node:child_process';
import { startSshd } from '../../helpers/sshd.js';
test('x', async () => {
  const s = await startSshd();
  const ssh = (c: string) => spawnSync('ssh', ['-o','StrictHostKeyChecking=no','-o','UserKnownHostsFile=/dev/null','-i', s.directory+'/user_key','-p',String(s.port),'127.0.0.1', c], {encoding:'utf8', input:''});
  console.log(ssh('env; ls -l /proc/self/fd; ps -o pid,ppid,pgid,sid,args; trap'));
});
