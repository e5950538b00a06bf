// A page that takes no votes: what still waits on this phone is sent, and its answers are told.

import { Outbox } from "./outbox.js";
import { find } from "./page.js";
import { Waiting } from "./waiting.js";

const root = find(document, "[data-outbox]");
const outbox = new Outbox(location.pathname, root.dataset.reader || "");
new Waiting(outbox, root);
outbox.open().then(() => outbox.send());
