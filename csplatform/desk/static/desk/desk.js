// The desk's scripts. Each module listens on the document, so that it survives whatever htmx swaps.
import "./swaps.js";
import "./clock.js";
import "./menus.js";
import "./preferences.js";
import "./mail.js";
import "./deadlines.js";
import "./timeline.js";
import "./list.js";
import "./panes.js";
import "./composer.js";
import "./canned.js";
import "./letter.js";
import "./files.js";
import "./through.js";
import "./keys.js";
import "./live.js";
