import { localHost } from '../../src/hosts/local.js';
import { hostContract } from '../contracts/host.js';

hostContract('the local host', async (env) => localHost({ PATH: process.env['PATH'], ...env }));
