import { Api } from './daemon/api.js';
import { ContactLine } from './daemon/contact-line.js';
import { Operator } from './daemon/operator.js';
import { Orders } from './daemon/orders.js';
import { routeOf } from './model/link.js';
import { ScrollPlace } from './scroll-place.js';
import { Dialogs } from './views/dialogs.js';
import { IssueView } from './views/issue.js';
import { Messages } from './views/messages.js';
import { Overview } from './views/overview.js';
import { Shell } from './views/shell.js';
import { UnknownView } from './views/unknown.js';
import type { Surroundings, View } from './views/view.js';

const TICK_MS = 1_000;

const contact = new ContactLine();
const api = new Api(contact.heard);
const dialogs = new Dialogs();
const operator = new Operator(api, dialogs.askForToken, () => tick());
const surroundings: Surroundings = {
  api,
  contact,
  dialogs,
  operator,
  orders: new Orders(operator),
  messages: new Messages(),
  open: (path) => open(path),
  replace: (path) => replace(path),
};
const place = new ScrollPlace();
const shell = new Shell(surroundings, () => restart());

let view = viewOf(location.pathname);
let shownPath = location.pathname;
let timer: number | null = null;
let hasAskedForToken = false;

function viewOf(path: string): View {
  const route = routeOf(path);
  switch (route.name) {
    case 'overview':
      return new Overview(surroundings);
    case 'issue':
      return new IssueView(route.identifier, surroundings);
    case 'unknown':
      return new UnknownView(route.path);
  }
}

function show(next: View): void {
  view.stop();
  view = next;
  shell.show(view, location.pathname === '/');
  view.start();
  tick();
}

/** Shows another address as a browser would: from its top or where it was left, and with the focus on its heading. */
function go(): void {
  shownPath = location.pathname;
  surroundings.messages.clear();
  show(viewOf(location.pathname));
  place.begin();
  view.heading.focus({ preventScroll: true });
}

function open(path: string): void {
  if (path !== location.pathname) {
    place.remember();
    history.pushState(null, '', path);
  }
  go();
}

/** The focus stays where it is, unless it was on the heading that goes. */
function replace(path: string): void {
  const hadFocus = document.activeElement === view.heading;
  history.replaceState(history.state, '', path);
  shownPath = location.pathname;
  show(viewOf(location.pathname));
  if (hadFocus) view.heading.focus({ preventScroll: true });
}

function restart(): void {
  view.stop();
  view.start();
}

function tick(): void {
  if (document.hidden) return;
  try {
    view.tick();
    place.settle();
  } finally {
    // Also when the view cannot show what it got: then this is what says so.
    shell.tick(view);
  }
}

/** A hidden tab does nothing; once it is looked at again it shows first how old it is. */
function keepTime(): void {
  if (timer !== null) clearInterval(timer);
  timer = document.hidden ? null : window.setInterval(tick, TICK_MS);
  tick();
}

document.addEventListener('click', (event) => {
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const isOurs = link !== null && link.origin === location.origin && link.target === '' && link.hash === '';
  if (!isPlain || !isOurs || event.defaultPrevented) return;
  event.preventDefault();
  open(link.pathname);
});
window.addEventListener('popstate', () => {
  // Going to a part of the same page is no other page.
  if (location.pathname !== shownPath) go();
});
document.addEventListener('visibilitychange', keepTime);
contact.subscribe(() => {
  tick();
  if (contact.contact.kind !== 'locked' || hasAskedForToken) return;
  hasAskedForToken = true;
  void operator.signIn().then((isSignedIn) => {
    if (isSignedIn) restart();
  });
});
show(view);
keepTime();
