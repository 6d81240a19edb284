// A server on loopback that tells its port, and of each connection why it is an agent's, or `taken`. Argument: the
// workspace root.
import { createServer } from 'node:net';
import { agentRefusal } from '../../../src/hosts/peer-process.js';

const [workspaceRoot = ''] = process.argv.slice(2);
const server = createServer(async (socket) => {
  const { localPort, remotePort } = socket;
  console.log((await agentRefusal({ localPort, remotePort }, { workspaceRoot, limitMs: 60_000 })) ?? 'taken');
  socket.destroy();
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' && address !== null ? address.port : 'no port');
});
