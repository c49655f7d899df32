/* What every signed-in page runs. */

import "@hotwired/turbo";
import "memo/ui/attention";
import "memo/ui/elements";
import "memo/ui/offline";
import "memo/ui/streams";

// Keeps a page for "no connection". Without https (and not on this very machine) browsers do not offer it.
navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
