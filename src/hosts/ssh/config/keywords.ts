import { leavesUsualKeys } from './algorithms.js';

/** What is done with an option of `ssh_config(5)` that changes how to connect and cannot be had. */
export interface Refusal {
  /** Whether a value, in lower case, asks for nothing that is not done anyway. */
  readonly isHarmless: (value: string) => boolean;
  /** What to do instead. */
  readonly mend: string;
}

/** Options that are honoured. */
export const USED = [
  'AddressFamily',
  'BindAddress',
  'Ciphers',
  'ConnectTimeout',
  'GlobalKnownHostsFile',
  'HashKnownHosts',
  'HostKeyAlgorithms',
  'HostKeyAlias',
  'HostName',
  'IdentitiesOnly',
  'IdentityAgent',
  'IdentityFile',
  'IgnoreUnknown',
  'KexAlgorithms',
  'MACs',
  'Port',
  'ProxyJump',
  'RequiredRSASize',
  'ServerAliveCountMax',
  'ServerAliveInterval',
  'StrictHostKeyChecking',
  'Tag',
  'User',
  'UserKnownHostsFile',
] as const;

const oneOf =
  (...harmless: readonly string[]) =>
  (value: string): boolean =>
    harmless.includes(value);

const NO = oneOf('no', 'false');
const NONE = oneOf('none');
const NEVER = oneOf();
const KEYS_ALONE = 'Symphony logs in with keys: allow them for these machines';

/** Options that change how to connect and are not supported: an error, unless their value asks for nothing. */
export const REFUSED: Readonly<Record<string, Refusal>> = {
  BindInterface: { isHarmless: NEVER, mend: 'use BindAddress with the address of that interface' },
  CanonicalizeHostname: {
    isHarmless: oneOf('no', 'false', 'none'),
    mend: 'write full names, or a Host block with HostName',
  },
  CertificateFile: { isHarmless: NONE, mend: 'put the plain public key into authorized_keys of the worker' },
  CheckHostIP: { isHarmless: NO, mend: 'remove it; the host key is checked by name' },
  KnownHostsCommand: {
    isHarmless: NONE,
    mend: 'write the keys to a file, and name it with UserKnownHostsFile',
  },
  NoHostAuthenticationForLocalhost: { isHarmless: NO, mend: 'use StrictHostKeyChecking or known_hosts' },
  PKCS11Provider: {
    isHarmless: NONE,
    mend: 'load the key into ssh-agent (ssh-add -s), and use IdentityAgent',
  },
  PreferredAuthentications: {
    isHarmless: (value) => value.split(',').includes('publickey'),
    mend: `${KEYS_ALONE} (publickey)`,
  },
  ProxyCommand: {
    isHarmless: NONE,
    mend: 'use ProxyJump, or a tunnel of your own and its address as HostName',
  },
  PubkeyAcceptedAlgorithms: {
    isHarmless: leavesUsualKeys,
    mend: 'choose the keys with IdentityFile and IdentitiesOnly',
  },
  PubkeyAuthentication: { isHarmless: oneOf('yes', 'true', 'unbound', 'host-bound'), mend: KEYS_ALONE },
  RefuseConnection: { isHarmless: NEVER, mend: 'use another machine, or change the configuration' },
  RevokedHostKeys: { isHarmless: NONE, mend: 'mark the keys with @revoked in a known_hosts file' },
  SecurityKeyProvider: {
    isHarmless: oneOf('internal', 'none'),
    mend: 'use a key that needs nobody to touch a device',
  },
  VerifyHostKeyDNS: { isHarmless: NO, mend: 'put the host key into known_hosts' },
};

/** Options that change nothing in how Symphony connects. Nothing is sent, forwarded or shared on their behalf. */
export const IGNORED = [
  ...['AddKeysToAgent', 'BatchMode', 'CanonicalDomains', 'CanonicalizeFallbackLocal', 'CanonicalizeMaxDots'],
  ...['CanonicalizePermittedCNAMEs', 'CASignatureAlgorithms', 'ChannelTimeout', 'ClearAllForwardings'],
  ...[
    'Compression',
    'ConnectionAttempts',
    'ControlMaster',
    'ControlPath',
    'ControlPersist',
    'DynamicForward',
  ],
  ...['EnableEscapeCommandline', 'EnableSSHKeysign', 'EscapeChar', 'ExitOnForwardFailure', 'FingerprintHash'],
  ...['ForkAfterAuthentication', 'ForwardAgent', 'ForwardX11', 'ForwardX11Timeout', 'ForwardX11Trusted'],
  ...['GatewayPorts', 'GSSAPIAuthentication', 'GSSAPIClientIdentity', 'GSSAPIDelegateCredentials'],
  ...['GSSAPIKexAlgorithms', 'GSSAPIKeyExchange', 'GSSAPIRenewalForcesRekey', 'GSSAPIServerIdentity'],
  ...['GSSAPITrustDns', 'HostbasedAcceptedAlgorithms', 'HostbasedAuthentication', 'IPQoS'],
  ...['KbdInteractiveAuthentication', 'KbdInteractiveDevices', 'LocalCommand', 'LocalForward', 'LogLevel'],
  ...['LogVerbose', 'NumberOfPasswordPrompts', 'ObscureKeystrokeTiming', 'PasswordAuthentication'],
  ...['PermitLocalCommand', 'PermitRemoteOpen', 'ProxyUseFdpass', 'RekeyLimit', 'RemoteCommand'],
  ...['RemoteForward', 'RequestTTY', 'SendEnv', 'SessionType', 'SetEnv', 'StdinNull', 'StreamLocalBindMask'],
  ...['StreamLocalBindUnlink', 'SyslogFacility', 'TCPKeepAlive', 'Tunnel', 'TunnelDevice', 'UpdateHostKeys'],
  ...['UseKeychain', 'VersionAddendum', 'VisualHostKey', 'WarnWeakCrypto', 'XAuthLocation'],
] as const;

/** Older names of options, and what OpenSSH itself no longer reads (null). */
const OLD_NAMES: ReadonlyMap<string, string | null> = new Map(
  Object.entries({
    challengeresponseauthentication: null,
    cipher: null,
    compressionlevel: null,
    dsaauthentication: 'pubkeyauthentication',
    globalknownhostsfile2: null,
    hostbasedkeytypes: null,
    identityfile2: 'identityfile',
    keepalive: null,
    protocol: null,
    pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
    rhostsrsaauthentication: null,
    rsaauthentication: null,
    rsaminsize: 'requiredrsasize',
    skeyauthentication: null,
    smartcarddevice: 'pkcs11provider',
    tisauthentication: null,
    useprivilegedport: null,
    useroaming: null,
    userknownhostsfile2: null,
    usersh: null,
  }),
);

const IN_USE: readonly string[] = USED.map((name) => name.toLowerCase());
const WITHOUT_EFFECT: readonly string[] = IGNORED.map((name) => name.toLowerCase());
const NOT_SUPPORTED: readonly string[] = Object.keys(REFUSED).map((name) => name.toLowerCase());

/** The keyword under which an option is kept; null for one without effect, undefined for one that nobody knows. */
export function keptAs(keyword: string): string | null | undefined {
  const known = OLD_NAMES.get(keyword);
  if (known !== undefined) return known;
  if (IN_USE.includes(keyword) || NOT_SUPPORTED.includes(keyword)) return keyword;
  return WITHOUT_EFFECT.includes(keyword) ? null : undefined;
}

/** All options that are kept, for hints at what was meant. */
export const KEPT: readonly string[] = [...USED, ...Object.keys(REFUSED)];
