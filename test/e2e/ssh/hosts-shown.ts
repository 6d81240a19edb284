import type { StateResponse } from '../../../src/api/schema.js';
import type { DaemonProcess } from '../../helpers/board-daemon.js';

/** A host of a state; undefined when it is not among them. */
export function hostIn({ hosts }: StateResponse, name: string): StateResponse['hosts'][number] | undefined {
  return hosts.find((host) => host.name === name);
}

/** Waits until these workers, and no others, are not used. */
export async function down(daemon: DaemonProcess, ...names: readonly string[]): Promise<StateResponse> {
  return await daemon.showing(`${names.join(', ') || 'none'} down`, ({ hosts }) =>
    hosts.every((host) => (host.down !== null) === names.includes(host.name)),
  );
}

/** Waits until an issue runs again on a worker, and returns its state. */
export async function runningOn(
  daemon: DaemonProcess,
  identifier: string,
  name: string,
): Promise<StateResponse> {
  return await daemon.showing(`${identifier} on ${name}`, ({ running }) =>
    running.some(
      ({ issue_identifier, worker_host, turn_count }) =>
        issue_identifier === identifier && worker_host === name && turn_count > 0,
    ),
  );
}
